-- +goose Up
-- What an app makes one-time codes from (RFC 6238), encrypted.
CREATE TABLE one_time_secrets (
    user_id      text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret       bytea NOT NULL,
    last_step    bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz
);

CREATE TABLE recovery_codes (
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    user_id       text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE,
    credential    bytea NOT NULL,
    name          text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- Persons as another site knows them (OpenID Connect).
CREATE TABLE identities (
    issuer       text COLLATE "C" NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- What a browser has begun and not finished: a login's second step, a passkey.
CREATE TABLE challenges (
    token_hash bytea NOT NULL PRIMARY KEY,
    purpose    text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    data       bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX challenges_expiry ON challenges (expires_at);
CREATE INDEX challenges_user ON challenges (user_id);

ALTER TABLE sessions ADD COLUMN two_factors boolean NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN two_factors boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE accounts DROP COLUMN two_factors;
ALTER TABLE sessions DROP COLUMN two_factors;
DROP TABLE challenges;
DROP TABLE identities;
DROP TABLE passkeys;
DROP TABLE recovery_codes;
DROP TABLE one_time_secrets;
