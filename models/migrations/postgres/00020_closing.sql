-- +goose Up
-- The log of an account that is being removed goes with it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < (SELECT until FROM audit_retention WHERE id = 1)
            OR NOT EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND state <> 'removing') THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
-- +goose StatementEnd

-- Each event carries the hash of the one before it in its account. number is 0
-- in events from before that, which stand outside of the chain.
ALTER TABLE audit_events ADD COLUMN number bigint NOT NULL DEFAULT 0;
ALTER TABLE audit_events ADD COLUMN previous bytea NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN hash bytea NOT NULL DEFAULT '';

-- The ends of the chain of an account: its newest event, and the newest of
-- those that are past their retention.
CREATE TABLE audit_chains (
    account_id   text COLLATE "C" NOT NULL PRIMARY KEY,
    number       bigint NOT NULL,
    hash         bytea NOT NULL,
    gone_number  bigint NOT NULL,
    gone_hash    bytea NOT NULL
);

-- +goose Down
DROP TABLE audit_chains;
ALTER TABLE audit_events DROP COLUMN hash;
ALTER TABLE audit_events DROP COLUMN previous;
ALTER TABLE audit_events DROP COLUMN number;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < (SELECT until FROM audit_retention WHERE id = 1)
            OR NOT EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
-- +goose StatementEnd
