-- +goose Up
CREATE TABLE api_tokens (
    id           text NOT NULL PRIMARY KEY,
    account_id   text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name         text NOT NULL,
    start        text NOT NULL,
    token_hash   blob NOT NULL UNIQUE,
    scopes       text NOT NULL,
    created_by   text NOT NULL,
    created_at   datetime NOT NULL,
    expires_at   datetime,
    revoked_at   datetime,
    last_used_on bigint
);
CREATE INDEX api_tokens_account ON api_tokens (account_id, created_at);

-- The answers to requests that create something, so that the same request sent
-- twice creates it once.
CREATE TABLE api_replays (
    account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key        text NOT NULL,
    route      text NOT NULL,
    body_hash  blob NOT NULL,
    begun_at   datetime NOT NULL,
    status     bigint NOT NULL,
    answer     blob NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX api_replays_begun ON api_replays (begun_at);

-- +goose Down
DROP TABLE api_replays;
DROP TABLE api_tokens;
