-- +goose Up
CREATE TABLE domain_tags (
    domain_id  text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    tag        text NOT NULL,
    account_id text NOT NULL,
    PRIMARY KEY (domain_id, tag)
);
CREATE INDEX domain_tags_account ON domain_tags (account_id, tag, domain_id);

ALTER TABLE memberships ADD COLUMN tags text NOT NULL DEFAULT '[]';
ALTER TABLE invitations ADD COLUMN tags text NOT NULL DEFAULT '[]';

CREATE TABLE domain_transfers (
    id         text NOT NULL PRIMARY KEY,
    account_id text NOT NULL,
    domain_id  text NOT NULL UNIQUE REFERENCES domains (id) ON DELETE CASCADE,
    email      text NOT NULL,
    token_hash blob NOT NULL UNIQUE,
    offered_by text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL
);
CREATE INDEX domain_transfers_expiry ON domain_transfers (expires_at);

-- +goose Down
DROP TABLE domain_transfers;
ALTER TABLE invitations DROP COLUMN tags;
ALTER TABLE memberships DROP COLUMN tags;
DROP TABLE domain_tags;
