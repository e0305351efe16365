-- +goose Up
-- What lists of domains are sorted by: the sessions of the seven days that end
-- with week_to, their failures in parts of a billion (-1: no sessions), and the
-- arrival of the newest counted report.
ALTER TABLE domains ADD COLUMN week_to bigint NOT NULL DEFAULT 0;
ALTER TABLE domains ADD COLUMN week_sessions bigint NOT NULL DEFAULT 0;
ALTER TABLE domains ADD COLUMN week_failing bigint NOT NULL DEFAULT -1;
ALTER TABLE domains ADD COLUMN last_report_at timestamptz;
CREATE INDEX domains_by_sessions ON domains (account_id, week_sessions DESC, name);
CREATE INDEX domains_by_failing ON domains (account_id, week_failing DESC, name);
CREATE INDEX domains_by_report ON domains (account_id, last_report_at DESC NULLS LAST, name);
CREATE INDEX domains_by_need ON domains (account_id, (CASE WHEN state = 'lapsed' THEN 0
    ELSE CASE verdict WHEN 'fail' THEN 0 WHEN 'warn' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END END), name);
CREATE INDEX domains_week ON domains (week_to) WHERE week_sessions > 0;

-- The reason code that a reporter gives, so that problems can be told apart by it.
ALTER TABLE daily_failures ADD COLUMN reason text COLLATE "C" NOT NULL DEFAULT '';
UPDATE daily_failures SET reason = COALESCE((
    SELECT MAX(substr(f.reason_code, 1, 120)) FROM reports r
    JOIN failure_details f ON f.domain_id = r.domain_id AND f.report_id = r.id
    WHERE r.domain_id = daily_failures.domain_id AND r.day = daily_failures.day AND r.reporter = daily_failures.reporter
    AND r.standing = 'counted' AND f.result_type = daily_failures.result_type
    AND f.receiving_mx_hostname = daily_failures.receiving_mx AND f.sending_network = daily_failures.sending_network), '');

DROP TABLE domain_problems;
CREATE TABLE domain_problems (
    domain_id     text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    result_type   text COLLATE "C" NOT NULL,
    receiving_mx  text COLLATE "C" NOT NULL,
    reason        text COLLATE "C" NOT NULL DEFAULT '',
    account_id    text COLLATE "C" NOT NULL,
    sessions      bigint NOT NULL,
    reporters     bigint NOT NULL,
    reporter_list text COLLATE "C" NOT NULL DEFAULT '[]', -- those with most sessions
    first_day     bigint NOT NULL,
    last_day      bigint NOT NULL,
    PRIMARY KEY (domain_id, result_type, receiving_mx, reason)
);
CREATE INDEX domain_problems_account ON domain_problems (account_id, receiving_mx, result_type, reason, sessions DESC, domain_id, last_day, first_day);

INSERT INTO ledger_rebuilds (domain_id)
SELECT id FROM domains WHERE EXISTS (SELECT 1 FROM daily_totals t WHERE t.domain_id = domains.id)
ON CONFLICT DO NOTHING;

-- +goose Down
DROP TABLE domain_problems;
CREATE TABLE domain_problems (
    domain_id    text COLLATE "C" NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    result_type  text COLLATE "C" NOT NULL,
    receiving_mx text COLLATE "C" NOT NULL,
    account_id   text COLLATE "C" NOT NULL,
    sessions     bigint NOT NULL,
    reporters    bigint NOT NULL,
    first_day    bigint NOT NULL,
    last_day     bigint NOT NULL,
    PRIMARY KEY (domain_id, result_type, receiving_mx)
);
CREATE INDEX domain_problems_account ON domain_problems (account_id, last_day, sessions);
ALTER TABLE daily_failures DROP COLUMN reason;
DROP INDEX domains_week;
DROP INDEX domains_by_need;
DROP INDEX domains_by_report;
DROP INDEX domains_by_failing;
DROP INDEX domains_by_sessions;
ALTER TABLE domains DROP COLUMN last_report_at;
ALTER TABLE domains DROP COLUMN week_failing;
ALTER TABLE domains DROP COLUMN week_sessions;
ALTER TABLE domains DROP COLUMN week_to;
