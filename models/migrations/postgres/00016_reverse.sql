-- +goose Up
-- The reverse names of addresses that failure details name; '' where there is
-- none. ask_at is when the name is asked for, for the first time or again.
CREATE TABLE reverse_names (
    domain_id  text NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    address    text NOT NULL,
    account_id text NOT NULL,
    network    text NOT NULL,
    name       text NOT NULL DEFAULT '',
    last_day   bigint NOT NULL,
    ask_at     timestamptz NOT NULL,
    PRIMARY KEY (domain_id, address)
);
CREATE INDEX reverse_names_due ON reverse_names (ask_at);
CREATE INDEX reverse_names_address ON reverse_names (address);
CREATE INDEX reverse_names_old ON reverse_names (last_day);

-- +goose Down
DROP TABLE reverse_names;
