-- +goose Up
ALTER TABLE accounts ADD COLUMN state text NOT NULL DEFAULT 'active';
ALTER TABLE accounts ADD COLUMN closes_at datetime;
CREATE INDEX accounts_closing ON accounts (closes_at) WHERE closes_at IS NOT NULL;

ALTER TABLE sessions ADD COLUMN id text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address text NOT NULL DEFAULT '';
UPDATE sessions SET id = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6)));

CREATE TABLE invitations (
    id         text NOT NULL PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email      text NOT NULL,
    role       text NOT NULL,
    token_hash blob NOT NULL UNIQUE,
    invited_by text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    UNIQUE (account_id, email)
);
CREATE INDEX invitations_expiry ON invitations (expires_at);

CREATE TABLE audit_events (
    id         integer PRIMARY KEY AUTOINCREMENT,
    account_id text NOT NULL,
    at         datetime NOT NULL,
    actor_id   text NOT NULL,
    actor      text NOT NULL,
    address    text NOT NULL,
    action     text NOT NULL,
    object     text NOT NULL,
    before     text NOT NULL,
    after      text NOT NULL
);
CREATE INDEX audit_events_account ON audit_events (account_id, id);
CREATE INDEX audit_events_at ON audit_events (at);

-- Events from before this time may be deleted; those of accounts that are gone too.
CREATE TABLE audit_retention (
    id    bigint NOT NULL PRIMARY KEY,
    until datetime NOT NULL
);
INSERT INTO audit_retention (id, until) VALUES (1, '1970-01-01 00:00:00+00:00');

-- +goose StatementBegin
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
WHEN OLD.at >= (SELECT until FROM audit_retention WHERE id = 1) AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

CREATE TABLE mail_links (
    token_hash blob NOT NULL PRIMARY KEY,
    purpose    text NOT NULL,
    user_id    text NOT NULL,
    email      text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    UNIQUE (purpose, email)
);
CREATE INDEX mail_links_expiry ON mail_links (expires_at);
CREATE INDEX mail_links_user ON mail_links (user_id);

-- +goose Down
DROP TABLE mail_links;
DROP TABLE audit_events;
DROP TABLE audit_retention;
DROP TABLE invitations;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE sessions DROP COLUMN id;
DROP INDEX accounts_closing;
ALTER TABLE accounts DROP COLUMN closes_at;
ALTER TABLE accounts DROP COLUMN state;
