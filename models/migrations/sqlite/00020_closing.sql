-- +goose Up
-- The log of an account that is being removed goes with it.
DROP TRIGGER audit_events_no_delete;
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
WHEN OLD.at >= (SELECT until FROM audit_retention WHERE id = 1)
    AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id AND state <> 'removing')
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

-- Each event carries the hash of the one before it in its account. number is 0
-- in events from before that, which stand outside of the chain.
ALTER TABLE audit_events ADD COLUMN number bigint NOT NULL DEFAULT 0;
ALTER TABLE audit_events ADD COLUMN previous blob NOT NULL DEFAULT x'';
ALTER TABLE audit_events ADD COLUMN hash blob NOT NULL DEFAULT x'';

-- The ends of the chain of an account: its newest event, and the newest of
-- those that are past their retention.
CREATE TABLE audit_chains (
    account_id   text NOT NULL PRIMARY KEY,
    number       bigint NOT NULL,
    hash         blob NOT NULL,
    gone_number  bigint NOT NULL,
    gone_hash    blob NOT NULL
);

-- +goose Down
DROP TABLE audit_chains;
ALTER TABLE audit_events DROP COLUMN hash;
ALTER TABLE audit_events DROP COLUMN previous;
ALTER TABLE audit_events DROP COLUMN number;
DROP TRIGGER audit_events_no_delete;
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
WHEN OLD.at >= (SELECT until FROM audit_retention WHERE id = 1) AND EXISTS (SELECT 1 FROM accounts WHERE id = OLD.account_id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
