-- +goose Up
CREATE TABLE accounts (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    name       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE users (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    email         text COLLATE "C" NOT NULL UNIQUE,
    password_hash text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL
);

CREATE TABLE memberships (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE sessions (
    token_hash   bytea NOT NULL PRIMARY KEY,
    user_id      text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    account_id   text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE domains (
    id                text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id        text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name              text COLLATE "C" NOT NULL,
    token             text COLLATE "C" NOT NULL UNIQUE,
    secret_generation bigint NOT NULL,
    secret_hash       bytea NOT NULL UNIQUE,
    state             text COLLATE "C" NOT NULL,
    created_at        timestamptz NOT NULL,
    verified_at       timestamptz,
    state_since       timestamptz NOT NULL,
    watched_until     timestamptz,
    next_check_at     timestamptz NOT NULL,
    claimed_until     timestamptz,
    claimed_by        text COLLATE "C" NOT NULL DEFAULT '',
    checked_at        timestamptz,
    checks            bigint NOT NULL DEFAULT 0,
    verdict           text COLLATE "C" NOT NULL DEFAULT 'pending',
    effective         boolean NOT NULL DEFAULT false,
    delegated         boolean NOT NULL DEFAULT false,
    record            text COLLATE "C" NOT NULL DEFAULT '',
    cname             text COLLATE "C" NOT NULL DEFAULT '',
    findings          text COLLATE "C" NOT NULL DEFAULT '[]',
    mx_hosts          text COLLATE "C" NOT NULL DEFAULT '[]',
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX domains_one_active ON domains (name) WHERE state = 'active';
CREATE INDEX domains_due ON domains (next_check_at);

CREATE TABLE check_memories (
    domain_id   text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES domains (id) ON DELETE CASCADE,
    state       text COLLATE "C" NOT NULL,
    observation text COLLATE "C" NOT NULL
);

CREATE TABLE issued_tokens (
    token     text COLLATE "C" NOT NULL PRIMARY KEY,
    issued_at timestamptz NOT NULL
);

CREATE TABLE dns_observations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    domain_id  text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    server     text COLLATE "C" NOT NULL,
    addr       text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    cname      text COLLATE "C" NOT NULL,
    txt        text COLLATE "C" NOT NULL,
    rcode      text COLLATE "C" NOT NULL,
    ttl        bigint NOT NULL,
    ede        text COLLATE "C" NOT NULL,
    error      text COLLATE "C" NOT NULL,
    verdict    text COLLATE "C" NOT NULL,
    current    boolean NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL
);
CREATE INDEX dns_observations_domain ON dns_observations (domain_id, current);

CREATE TABLE domain_events (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    domain_id  text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    at         timestamptz NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    detail     text COLLATE "C" NOT NULL
);
CREATE INDEX domain_events_domain ON domain_events (domain_id, at);
CREATE INDEX domain_events_account ON domain_events (account_id, at);

CREATE TABLE deliveries (
    id              text COLLATE "C" NOT NULL PRIMARY KEY,
    account_id      text COLLATE "C" NOT NULL,
    domain_id       text COLLATE "C",
    via             text COLLATE "C" NOT NULL,
    envelope_from   text COLLATE "C" NOT NULL,
    remote_addr     text COLLATE "C" NOT NULL,
    file_name       text COLLATE "C" NOT NULL,
    received_at     timestamptz NOT NULL,
    size            bigint NOT NULL,
    body_hash       bytea NOT NULL,
    state           text COLLATE "C" NOT NULL,
    reason          text COLLATE "C" NOT NULL,
    detail          text COLLATE "C" NOT NULL,
    dkim            text COLLATE "C" NOT NULL,
    dkim_domain     text COLLATE "C" NOT NULL,
    dkim_selector   text COLLATE "C" NOT NULL,
    dkim_reason     text COLLATE "C" NOT NULL,
    reporter        text COLLATE "C" NOT NULL,
    attempts        bigint NOT NULL,
    next_attempt_at timestamptz,
    claimed_until   timestamptz,
    claimed_by      text COLLATE "C" NOT NULL
);
CREATE INDEX deliveries_pending ON deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_account ON deliveries (account_id, received_at);
CREATE INDEX deliveries_state ON deliveries (account_id, state, received_at);
CREATE INDEX deliveries_body ON deliveries (domain_id, body_hash);

CREATE TABLE delivery_bodies (
    delivery_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    body        bytea NOT NULL
);

CREATE TABLE reporters (
    account_id text COLLATE "C" NOT NULL,
    identity   text COLLATE "C" NOT NULL,
    first_seen timestamptz NOT NULL,
    PRIMARY KEY (account_id, identity)
);

CREATE TABLE reports (
    domain_id        text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    id               text COLLATE "C" NOT NULL,
    account_id       text COLLATE "C" NOT NULL,
    delivery_id      text COLLATE "C" NOT NULL,
    reporter         text COLLATE "C" NOT NULL,
    organization     text COLLATE "C" NOT NULL,
    report_id        text COLLATE "C" NOT NULL,
    contact          text COLLATE "C" NOT NULL,
    start_at         timestamptz NOT NULL,
    end_at           timestamptz NOT NULL,
    day              bigint NOT NULL,
    content_hash     bytea NOT NULL,
    key_hash         bytea NOT NULL,
    trust            text COLLATE "C" NOT NULL,
    standing         text COLLATE "C" NOT NULL,
    stated           boolean NOT NULL,
    successful       bigint NOT NULL,
    failed           bigint NOT NULL,
    foreign_policies bigint NOT NULL,
    warnings         text COLLATE "C" NOT NULL,
    received_at      timestamptz NOT NULL,
    PRIMARY KEY (domain_id, id)
);
CREATE UNIQUE INDEX reports_id ON reports (id);
CREATE UNIQUE INDEX reports_content ON reports (domain_id, content_hash);
CREATE INDEX reports_key ON reports (domain_id, key_hash);
CREATE INDEX reports_cell ON reports (domain_id, day, reporter);
CREATE INDEX reports_delivery ON reports (delivery_id);
CREATE INDEX reports_account ON reports (account_id, received_at);

CREATE TABLE policy_results (
    domain_id         text COLLATE "C" NOT NULL,
    report_id         text COLLATE "C" NOT NULL,
    seq               bigint NOT NULL,
    policy_type       text COLLATE "C" NOT NULL,
    policy_domain     text COLLATE "C" NOT NULL,
    mode              text COLLATE "C" NOT NULL,
    policy_strings    text COLLATE "C" NOT NULL,
    mx_hosts          text COLLATE "C" NOT NULL,
    successful        bigint NOT NULL,
    successful_stated boolean NOT NULL,
    failed            bigint NOT NULL,
    failed_stated     boolean NOT NULL,
    counted           boolean NOT NULL,
    PRIMARY KEY (domain_id, report_id, seq)
);

CREATE TABLE failure_details (
    domain_id              text COLLATE "C" NOT NULL,
    report_id              text COLLATE "C" NOT NULL,
    policy_seq             bigint NOT NULL,
    seq                    bigint NOT NULL,
    result_type            text COLLATE "C" NOT NULL,
    sending_mta_ip         text COLLATE "C" NOT NULL,
    sending_network        text COLLATE "C" NOT NULL,
    receiving_mx_hostname  text COLLATE "C" NOT NULL,
    receiving_mx_helo      text COLLATE "C" NOT NULL,
    receiving_ip           text COLLATE "C" NOT NULL,
    sessions               bigint NOT NULL,
    reason_code            text COLLATE "C" NOT NULL,
    additional_information text COLLATE "C" NOT NULL,
    PRIMARY KEY (domain_id, report_id, policy_seq, seq)
);

CREATE TABLE daily_totals (
    domain_id  text COLLATE "C" NOT NULL,
    day        bigint NOT NULL,
    reporter   text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    successful bigint NOT NULL,
    failed     bigint NOT NULL,
    reports    bigint NOT NULL,
    frozen     boolean NOT NULL,
    PRIMARY KEY (domain_id, day, reporter)
);
CREATE INDEX daily_totals_account ON daily_totals (account_id, day);

CREATE TABLE daily_policies (
    domain_id   text COLLATE "C" NOT NULL,
    day         bigint NOT NULL,
    reporter    text COLLATE "C" NOT NULL,
    policy_type text COLLATE "C" NOT NULL,
    mode        text COLLATE "C" NOT NULL,
    successful  bigint NOT NULL,
    failed      bigint NOT NULL,
    PRIMARY KEY (domain_id, day, reporter, policy_type, mode)
);

CREATE TABLE daily_failures (
    domain_id       text COLLATE "C" NOT NULL,
    day             bigint NOT NULL,
    reporter        text COLLATE "C" NOT NULL,
    result_type     text COLLATE "C" NOT NULL,
    receiving_mx    text COLLATE "C" NOT NULL,
    sending_network text COLLATE "C" NOT NULL,
    sessions        bigint NOT NULL,
    PRIMARY KEY (domain_id, day, reporter, result_type, receiving_mx, sending_network)
);

CREATE TABLE account_days (
    account_id text COLLATE "C" NOT NULL,
    day        bigint NOT NULL,
    successful bigint NOT NULL,
    failed     bigint NOT NULL,
    reports    bigint NOT NULL,
    PRIMARY KEY (account_id, day)
);

CREATE TABLE leases (
    name   text COLLATE "C" NOT NULL PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    term   bigint NOT NULL,
    until  timestamptz NOT NULL
);

CREATE TABLE zone_changes (
    seq     bigint NOT NULL PRIMARY KEY,
    name    text COLLATE "C" NOT NULL,
    token   text COLLATE "C" NOT NULL,
    removed boolean NOT NULL,
    at      timestamptz NOT NULL
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
