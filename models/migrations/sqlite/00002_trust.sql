-- +goose Up
ALTER TABLE deliveries ADD COLUMN judged_at datetime;
ALTER TABLE deliveries ADD COLUMN accepted_at datetime;
ALTER TABLE deliveries ADD COLUMN accepted_by text NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN awaited_mx text NOT NULL DEFAULT '[]';
CREATE INDEX deliveries_received ON deliveries (received_at);
CREATE INDEX deliveries_awaiting ON deliveries (domain_id) WHERE awaited_mx <> '[]';

CREATE TABLE delivery_events (
    id          integer PRIMARY KEY AUTOINCREMENT,
    account_id  text NOT NULL,
    delivery_id text NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    at          datetime NOT NULL,
    last_at     datetime NOT NULL,
    times       bigint NOT NULL,
    kind        text NOT NULL,
    detail      text NOT NULL,
    actor       text NOT NULL
);
CREATE INDEX delivery_events_delivery ON delivery_events (delivery_id);

ALTER TABLE reporters ADD COLUMN blocked_at datetime;
ALTER TABLE reporters ADD COLUMN blocked_by text NOT NULL DEFAULT '';
ALTER TABLE reporters ADD COLUMN unsettled boolean NOT NULL DEFAULT false;
CREATE INDEX reporters_unsettled ON reporters (account_id) WHERE unsettled;
CREATE INDEX reports_reporter ON reports (account_id, reporter, standing);

CREATE TABLE intake_days (
    owner      text NOT NULL,
    day        bigint NOT NULL,
    deliveries bigint NOT NULL,
    bytes      bigint NOT NULL,
    PRIMARY KEY (owner, day)
);

CREATE TABLE account_notices (
    id         integer PRIMARY KEY AUTOINCREMENT,
    account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         datetime NOT NULL,
    kind       text NOT NULL,
    subject    text NOT NULL,
    detail     text NOT NULL
);
CREATE INDEX account_notices_account ON account_notices (account_id, at);

-- +goose Down
DROP TABLE account_notices;
DROP TABLE intake_days;
DROP INDEX reports_reporter;
DROP INDEX reporters_unsettled;
ALTER TABLE reporters DROP COLUMN unsettled;
ALTER TABLE reporters DROP COLUMN blocked_by;
ALTER TABLE reporters DROP COLUMN blocked_at;
DROP TABLE delivery_events;
DROP INDEX deliveries_awaiting;
DROP INDEX deliveries_received;
ALTER TABLE deliveries DROP COLUMN awaited_mx;
ALTER TABLE deliveries DROP COLUMN accepted_by;
ALTER TABLE deliveries DROP COLUMN accepted_at;
ALTER TABLE deliveries DROP COLUMN judged_at;
