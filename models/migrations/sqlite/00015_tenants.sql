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

-- +goose Down
ALTER TABLE invitations DROP COLUMN tags;
ALTER TABLE memberships DROP COLUMN tags;
DROP TABLE domain_tags;
