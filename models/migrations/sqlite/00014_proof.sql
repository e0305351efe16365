-- +goose Up
-- What an app makes one-time codes from (RFC 6238), encrypted.
CREATE TABLE one_time_secrets (
    user_id      text NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret       blob NOT NULL,
    last_step    bigint NOT NULL,
    created_at   datetime NOT NULL,
    confirmed_at datetime
);

CREATE TABLE recovery_codes (
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  blob NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
    id            text NOT NULL PRIMARY KEY,
    user_id       text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id blob NOT NULL UNIQUE,
    credential    blob NOT NULL,
    name          text NOT NULL,
    created_at    datetime NOT NULL,
    last_used_at  datetime
);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- Persons as another site knows them (OpenID Connect).
CREATE TABLE identities (
    issuer       text NOT NULL,
    subject      text NOT NULL,
    user_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   datetime NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- What a browser has begun and not finished: a login's second step, a passkey.
CREATE TABLE challenges (
    token_hash blob NOT NULL PRIMARY KEY,
    purpose    text NOT NULL,
    user_id    text NOT NULL,
    data       blob NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL
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
