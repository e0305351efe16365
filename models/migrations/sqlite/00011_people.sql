-- +goose Up
ALTER TABLE accounts ADD COLUMN state text NOT NULL DEFAULT 'active';
ALTER TABLE accounts ADD COLUMN closes_at datetime;
CREATE INDEX accounts_closing ON accounts (closes_at) WHERE closes_at IS NOT NULL;

ALTER TABLE memberships ADD COLUMN tags text NOT NULL DEFAULT '[]';

ALTER TABLE sessions ADD COLUMN id text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address text NOT NULL DEFAULT '';
UPDATE sessions SET id = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6)));

CREATE TABLE invitations (
    id         text NOT NULL PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email      text NOT NULL,
    role       text NOT NULL,
    tags       text NOT NULL DEFAULT '[]',
    token_hash blob NOT NULL UNIQUE,
    invited_by text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    UNIQUE (account_id, email)
);
CREATE INDEX invitations_expiry ON invitations (expires_at);

-- +goose Down
DROP TABLE invitations;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE sessions DROP COLUMN id;
ALTER TABLE memberships DROP COLUMN tags;
DROP INDEX accounts_closing;
ALTER TABLE accounts DROP COLUMN closes_at;
ALTER TABLE accounts DROP COLUMN state;
