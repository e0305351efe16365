-- +goose Up
CREATE TABLE domain_tags (
    domain_id  text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    tag        text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (domain_id, tag)
);
CREATE INDEX domain_tags_account ON domain_tags (account_id, tag, domain_id);

ALTER TABLE memberships ADD COLUMN tags text COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE invitations ADD COLUMN tags text COLLATE "C" NOT NULL DEFAULT '[]';

CREATE TABLE domain_transfers (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    domain_id  text COLLATE "C" NOT NULL UNIQUE REFERENCES domains (id) ON DELETE CASCADE,
    email      text COLLATE "C" NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    offered_by text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX domain_transfers_expiry ON domain_transfers (expires_at);

-- +goose Down
DROP TABLE domain_transfers;
ALTER TABLE invitations DROP COLUMN tags;
ALTER TABLE memberships DROP COLUMN tags;
DROP TABLE domain_tags;
