-- +goose Up
CREATE TABLE accounts (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    created_at datetime NOT NULL
);

CREATE TABLE users (
    id            text NOT NULL PRIMARY KEY,
    email         text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    created_at    datetime NOT NULL
);

CREATE TABLE memberships (
    account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       text NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE sessions (
    token_hash   blob NOT NULL PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_id   text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at   datetime NOT NULL,
    last_seen_at datetime NOT NULL,
    expires_at   datetime NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE domains (
    id                text NOT NULL PRIMARY KEY,
    account_id        text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name              text NOT NULL,
    token             text NOT NULL UNIQUE,
    secret_generation bigint NOT NULL,
    secret_hash       blob NOT NULL UNIQUE,
    state             text NOT NULL,
    created_at        datetime NOT NULL,
    verified_at       datetime,
    state_since       datetime NOT NULL,
    watched_until     datetime,
    next_check_at     datetime NOT NULL,
    claimed_until     datetime,
    claimed_by        text NOT NULL DEFAULT '',
    checked_at        datetime,
    checks            bigint NOT NULL DEFAULT 0,
    verdict           text NOT NULL DEFAULT 'pending',
    effective         boolean NOT NULL DEFAULT false,
    delegated         boolean NOT NULL DEFAULT false,
    record            text NOT NULL DEFAULT '',
    cname             text NOT NULL DEFAULT '',
    findings          text NOT NULL DEFAULT '[]',
    mx_hosts          text NOT NULL DEFAULT '[]',
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX domains_one_active ON domains (name) WHERE state = 'active';
CREATE INDEX domains_due ON domains (next_check_at);

CREATE TABLE check_memories (
    domain_id   text NOT NULL PRIMARY KEY REFERENCES domains (id) ON DELETE CASCADE,
    state       text NOT NULL,
    observation text NOT NULL
);

CREATE TABLE issued_tokens (
    token     text NOT NULL PRIMARY KEY,
    issued_at datetime NOT NULL
);

CREATE TABLE dns_observations (
    id         integer PRIMARY KEY AUTOINCREMENT,
    account_id text NOT NULL,
    domain_id  text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    server     text NOT NULL,
    addr       text NOT NULL,
    kind       text NOT NULL,
    cname      text NOT NULL,
    txt        text NOT NULL,
    rcode      text NOT NULL,
    ttl        bigint NOT NULL,
    ede        text NOT NULL,
    error      text NOT NULL,
    verdict    text NOT NULL,
    current    boolean NOT NULL,
    first_seen datetime NOT NULL,
    last_seen  datetime NOT NULL
);
CREATE INDEX dns_observations_domain ON dns_observations (domain_id, current);

CREATE TABLE domain_events (
    id         integer PRIMARY KEY AUTOINCREMENT,
    account_id text NOT NULL,
    domain_id  text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    at         datetime NOT NULL,
    kind       text NOT NULL,
    detail     text NOT NULL
);
CREATE INDEX domain_events_domain ON domain_events (domain_id, at);
CREATE INDEX domain_events_account ON domain_events (account_id, at);

CREATE TABLE deliveries (
    id              text NOT NULL PRIMARY KEY,
    account_id      text NOT NULL,
    domain_id       text,
    via             text NOT NULL,
    envelope_from   text NOT NULL,
    remote_addr     text NOT NULL,
    file_name       text NOT NULL,
    received_at     datetime NOT NULL,
    size            bigint NOT NULL,
    body_hash       blob NOT NULL,
    state           text NOT NULL,
    reason          text NOT NULL,
    detail          text NOT NULL,
    dkim            text NOT NULL,
    dkim_domain     text NOT NULL,
    dkim_selector   text NOT NULL,
    dkim_reason     text NOT NULL,
    reporter        text NOT NULL,
    attempts        bigint NOT NULL,
    next_attempt_at datetime,
    claimed_until   datetime,
    claimed_by      text NOT NULL
);
CREATE INDEX deliveries_pending ON deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_account ON deliveries (account_id, received_at);
CREATE INDEX deliveries_state ON deliveries (account_id, state, received_at);
CREATE INDEX deliveries_body ON deliveries (domain_id, body_hash);

CREATE TABLE delivery_bodies (
    delivery_id text NOT NULL PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    body        blob NOT NULL
);

CREATE TABLE reporters (
    account_id text NOT NULL,
    identity   text NOT NULL,
    first_seen datetime NOT NULL,
    PRIMARY KEY (account_id, identity)
);

CREATE TABLE reports (
    domain_id        text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    id               text NOT NULL,
    account_id       text NOT NULL,
    delivery_id      text NOT NULL,
    reporter         text NOT NULL,
    organization     text NOT NULL,
    report_id        text NOT NULL,
    contact          text NOT NULL,
    start_at         datetime NOT NULL,
    end_at           datetime NOT NULL,
    day              bigint NOT NULL,
    content_hash     blob NOT NULL,
    key_hash         blob NOT NULL,
    trust            text NOT NULL,
    standing         text NOT NULL,
    stated           boolean NOT NULL,
    successful       bigint NOT NULL,
    failed           bigint NOT NULL,
    foreign_policies bigint NOT NULL,
    warnings         text NOT NULL,
    received_at      datetime NOT NULL,
    PRIMARY KEY (domain_id, id)
);
CREATE UNIQUE INDEX reports_id ON reports (id);
CREATE UNIQUE INDEX reports_content ON reports (domain_id, content_hash);
CREATE INDEX reports_key ON reports (domain_id, key_hash);
CREATE INDEX reports_cell ON reports (domain_id, day, reporter);
CREATE INDEX reports_delivery ON reports (delivery_id);
CREATE INDEX reports_account ON reports (account_id, received_at);

CREATE TABLE policy_results (
    domain_id         text NOT NULL,
    report_id         text NOT NULL,
    seq               bigint NOT NULL,
    policy_type       text NOT NULL,
    policy_domain     text NOT NULL,
    mode              text NOT NULL,
    policy_strings    text NOT NULL,
    mx_hosts          text NOT NULL,
    successful        bigint NOT NULL,
    successful_stated boolean NOT NULL,
    failed            bigint NOT NULL,
    failed_stated     boolean NOT NULL,
    counted           boolean NOT NULL,
    PRIMARY KEY (domain_id, report_id, seq)
);

CREATE TABLE failure_details (
    domain_id              text NOT NULL,
    report_id              text NOT NULL,
    policy_seq             bigint NOT NULL,
    seq                    bigint NOT NULL,
    result_type            text NOT NULL,
    sending_mta_ip         text NOT NULL,
    sending_network        text NOT NULL,
    receiving_mx_hostname  text NOT NULL,
    receiving_mx_helo      text NOT NULL,
    receiving_ip           text NOT NULL,
    sessions               bigint NOT NULL,
    reason_code            text NOT NULL,
    additional_information text NOT NULL,
    PRIMARY KEY (domain_id, report_id, policy_seq, seq)
);

CREATE TABLE daily_totals (
    domain_id  text NOT NULL,
    day        bigint NOT NULL,
    reporter   text NOT NULL,
    account_id text NOT NULL,
    successful bigint NOT NULL,
    failed     bigint NOT NULL,
    reports    bigint NOT NULL,
    frozen     boolean NOT NULL,
    PRIMARY KEY (domain_id, day, reporter)
);
CREATE INDEX daily_totals_account ON daily_totals (account_id, day);

CREATE TABLE daily_policies (
    domain_id   text NOT NULL,
    day         bigint NOT NULL,
    reporter    text NOT NULL,
    policy_type text NOT NULL,
    mode        text NOT NULL,
    successful  bigint NOT NULL,
    failed      bigint NOT NULL,
    PRIMARY KEY (domain_id, day, reporter, policy_type, mode)
);

CREATE TABLE daily_failures (
    domain_id       text NOT NULL,
    day             bigint NOT NULL,
    reporter        text NOT NULL,
    result_type     text NOT NULL,
    receiving_mx    text NOT NULL,
    sending_network text NOT NULL,
    sessions        bigint NOT NULL,
    PRIMARY KEY (domain_id, day, reporter, result_type, receiving_mx, sending_network)
);

-- SQLite adds beyond 2^63 in floating point: that must fail instead.
CREATE TABLE account_days (
    account_id text NOT NULL,
    day        bigint NOT NULL,
    successful bigint NOT NULL CHECK (typeof(successful) = 'integer'),
    failed     bigint NOT NULL CHECK (typeof(failed) = 'integer'),
    reports    bigint NOT NULL,
    PRIMARY KEY (account_id, day)
);

CREATE TABLE leases (
    name   text NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    term   bigint NOT NULL,
    until  datetime NOT NULL
);

CREATE TABLE zone_changes (
    seq     bigint NOT NULL PRIMARY KEY,
    name    text NOT NULL,
    token   text NOT NULL,
    removed boolean NOT NULL,
    at      datetime NOT NULL
);
CREATE TABLE zone_sequence (
    id  bigint NOT NULL PRIMARY KEY,
    seq bigint NOT NULL
);
INSERT INTO zone_sequence (id, seq) VALUES (1, 1);

-- +goose Down
DROP TABLE zone_sequence;
DROP TABLE zone_changes;
DROP TABLE leases;
DROP TABLE account_days;
DROP TABLE daily_failures;
DROP TABLE daily_policies;
DROP TABLE daily_totals;
DROP TABLE failure_details;
DROP TABLE policy_results;
DROP TABLE reports;
DROP TABLE reporters;
DROP TABLE delivery_bodies;
DROP TABLE deliveries;
DROP TABLE domain_events;
DROP TABLE dns_observations;
DROP TABLE issued_tokens;
DROP TABLE check_memories;
DROP TABLE domains;
DROP TABLE sessions;
DROP TABLE memberships;
DROP TABLE users;
DROP TABLE accounts;
