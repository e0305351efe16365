-- +goose Up
CREATE TABLE outgoing_mails (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id      text COLLATE "C" NOT NULL,
    recipient       text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    text            text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    attempts        bigint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    claimed_until   timestamptz,
    claimed_by      text COLLATE "C" NOT NULL DEFAULT '',
    sent_at         timestamptz,
    last_error      text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX outgoing_mails_due ON outgoing_mails (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outgoing_mails_recipient ON outgoing_mails (recipient, created_at);
CREATE INDEX outgoing_mails_account ON outgoing_mails (account_id, created_at);
CREATE INDEX outgoing_mails_created ON outgoing_mails (created_at);

CREATE TABLE forwards (
    id               text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id       text COLLATE "C" NOT NULL,
    domain_id        text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    kind             text COLLATE "C" NOT NULL,
    target           text COLLATE "C" NOT NULL,
    origin           text COLLATE "C" NOT NULL,
    state            text COLLATE "C" NOT NULL,
    token_hash       bytea NOT NULL,
    token_expires_at timestamptz,
    challenge        text COLLATE "C" NOT NULL,
    created_at       timestamptz NOT NULL,
    confirmed_at     timestamptz,
    attempts         bigint NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz,
    claimed_until    timestamptz,
    claimed_by       text COLLATE "C" NOT NULL DEFAULT '',
    last_success_at  timestamptz,
    last_error_at    timestamptz,
    last_error       text COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (domain_id, target)
);
CREATE INDEX forwards_token ON forwards (token_hash);
CREATE INDEX forwards_due ON forwards (next_attempt_at);

CREATE TABLE forward_dispatches (
    forward_id      text COLLATE "C" NOT NULL REFERENCES forwards (id) ON DELETE CASCADE,
    delivery_id     text COLLATE "C" NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    account_id      text COLLATE "C" NOT NULL,
    domain_id       text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    attempts        bigint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    sent_at         timestamptz,
    last_error      text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (forward_id, delivery_id)
);
CREATE INDEX forward_dispatches_delivery ON forward_dispatches (delivery_id);
CREATE INDEX forward_dispatches_waiting ON forward_dispatches (forward_id, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX forward_dispatches_created ON forward_dispatches (created_at);

CREATE TABLE self_tests (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id    text COLLATE "C" NOT NULL,
    domain_id     text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    nonce         text COLLATE "C" NOT NULL UNIQUE,
    started_at    timestamptz NOT NULL,
    state         text COLLATE "C" NOT NULL,
    stages        text COLLATE "C" NOT NULL DEFAULT '[]',
    delivery_id   text COLLATE "C",
    finished_at   timestamptz,
    claimed_until timestamptz,
    claimed_by    text COLLATE "C" NOT NULL DEFAULT '',
    sent          boolean NOT NULL DEFAULT false
);
CREATE INDEX self_tests_domain ON self_tests (domain_id, started_at);
CREATE INDEX self_tests_running ON self_tests (started_at) WHERE state = 'running';

-- +goose Down
DROP TABLE self_tests;
DROP TABLE forward_dispatches;
DROP TABLE forwards;
DROP TABLE outgoing_mails;
