-- +goose Up
-- What is counted for a domain, 32 days a page, packed: a copy of daily_* that
-- a page reads in one go (docs/decisions). The same transaction writes both.
CREATE TABLE ledger_pages (
    domain_id text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    page      bigint NOT NULL,
    data      bytea NOT NULL,
    PRIMARY KEY (domain_id, page)
);

-- The newest days of a domain, for lists of domains.
CREATE TABLE domain_recents (
    domain_id   text NOT NULL PRIMARY KEY REFERENCES domains (id) ON DELETE CASCADE,
    account_id  text NOT NULL,
    days        bytea NOT NULL,
    reporter    text NOT NULL,
    received_at timestamptz
);
CREATE INDEX domain_recents_account ON domain_recents (account_id);

-- The problems of a domain in its newest weeks, for lists over all domains.
CREATE TABLE domain_problems (
    domain_id    text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    result_type  text NOT NULL,
    receiving_mx text NOT NULL,
    account_id   text NOT NULL,
    sessions     bigint NOT NULL,
    reporters    bigint NOT NULL,
    first_day    bigint NOT NULL,
    last_day     bigint NOT NULL,
    PRIMARY KEY (domain_id, result_type, receiving_mx)
);
CREATE INDEX domain_problems_account ON domain_problems (account_id, last_day, sessions);

CREATE INDEX domains_need ON domains (account_id, state_since) WHERE verdict = 'fail' OR state = 'lapsed';

-- Domains whose pages are to be written anew from daily_*.
CREATE TABLE ledger_rebuilds (
    domain_id text NOT NULL PRIMARY KEY REFERENCES domains (id) ON DELETE CASCADE
);
INSERT INTO ledger_rebuilds (domain_id)
SELECT id FROM domains WHERE EXISTS (SELECT 1 FROM daily_totals t WHERE t.domain_id = domains.id);

CREATE TABLE share_links (
    id         text NOT NULL PRIMARY KEY,
    account_id text NOT NULL,
    domain_id  text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    name       text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX share_links_domain ON share_links (account_id, domain_id, created_at);

-- +goose Down
DROP TABLE share_links;
DROP TABLE ledger_rebuilds;
DROP INDEX domains_need;
DROP TABLE domain_problems;
DROP TABLE domain_recents;
DROP TABLE ledger_pages;
