-- +goose Up
CREATE TABLE outgoing_mails (
    id              text NOT NULL PRIMARY KEY,
    account_id      text NOT NULL,
    recipient       text NOT NULL,
    subject         text NOT NULL,
    text            text NOT NULL,
    state           text NOT NULL,
    created_at      datetime NOT NULL,
    expires_at      datetime NOT NULL,
    attempts        bigint NOT NULL DEFAULT 0,
    next_attempt_at datetime,
    claimed_until   datetime,
    claimed_by      text NOT NULL DEFAULT '',
    sent_at         datetime,
    last_error      text NOT NULL DEFAULT ''
);
CREATE INDEX outgoing_mails_due ON outgoing_mails (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outgoing_mails_recipient ON outgoing_mails (recipient, created_at);
CREATE INDEX outgoing_mails_account ON outgoing_mails (account_id, created_at);
CREATE INDEX outgoing_mails_created ON outgoing_mails (created_at);

CREATE TABLE forwards (
    id               text NOT NULL PRIMARY KEY,
    account_id       text NOT NULL,
    domain_id        text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    kind             text NOT NULL,
    target           text NOT NULL,
    origin           text NOT NULL,
    state            text NOT NULL,
    token_hash       blob NOT NULL,
    token_expires_at datetime,
    challenge        text NOT NULL,
    created_at       datetime NOT NULL,
    confirmed_at     datetime,
    attempts         bigint NOT NULL DEFAULT 0,
    next_attempt_at  datetime,
    claimed_until    datetime,
    claimed_by       text NOT NULL DEFAULT '',
    last_success_at  datetime,
    last_error_at    datetime,
    last_error       text NOT NULL DEFAULT '',
    UNIQUE (domain_id, target)
);
CREATE INDEX forwards_token ON forwards (token_hash);
CREATE INDEX forwards_due ON forwards (next_attempt_at);

CREATE TABLE forward_dispatches (
    forward_id      text NOT NULL REFERENCES forwards (id) ON DELETE CASCADE,
    delivery_id     text NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    account_id      text NOT NULL,
    domain_id       text NOT NULL,
    state           text NOT NULL,
    created_at      datetime NOT NULL,
    expires_at      datetime NOT NULL,
    attempts        bigint NOT NULL DEFAULT 0,
    next_attempt_at datetime,
    sent_at         datetime,
    last_error      text NOT NULL DEFAULT '',
    PRIMARY KEY (forward_id, delivery_id)
);
CREATE INDEX forward_dispatches_delivery ON forward_dispatches (delivery_id);
CREATE INDEX forward_dispatches_waiting ON forward_dispatches (forward_id, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX forward_dispatches_created ON forward_dispatches (created_at);

CREATE TABLE self_tests (
    id            text NOT NULL PRIMARY KEY,
    account_id    text NOT NULL,
    domain_id     text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    nonce         text NOT NULL UNIQUE,
    started_at    datetime NOT NULL,
    state         text NOT NULL,
    stages        text NOT NULL DEFAULT '[]',
    delivery_id   text,
    finished_at   datetime,
    claimed_until datetime,
    claimed_by    text NOT NULL DEFAULT '',
    sent          boolean NOT NULL DEFAULT false
);
CREATE INDEX self_tests_domain ON self_tests (domain_id, started_at);
CREATE INDEX self_tests_running ON self_tests (started_at) WHERE state = 'running';

-- +goose Down
DROP TABLE self_tests;
DROP TABLE forward_dispatches;
DROP TABLE forwards;
DROP TABLE outgoing_mails;
