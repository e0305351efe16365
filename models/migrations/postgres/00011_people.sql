-- +goose Up
ALTER TABLE accounts ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'active';
ALTER TABLE accounts ADD COLUMN closes_at timestamptz;
CREATE INDEX accounts_closing ON accounts (closes_at) WHERE closes_at IS NOT NULL;

ALTER TABLE memberships ADD COLUMN tags text COLLATE "C" NOT NULL DEFAULT '[]';

ALTER TABLE sessions ADD COLUMN id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN device text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address text COLLATE "C" NOT NULL DEFAULT '';
UPDATE sessions SET id = gen_random_uuid()::text;

CREATE TABLE invitations (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email      text COLLATE "C" NOT NULL,
    role       text COLLATE "C" NOT NULL,
    tags       text COLLATE "C" NOT NULL DEFAULT '[]',
    token_hash bytea NOT NULL UNIQUE,
    invited_by text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
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
