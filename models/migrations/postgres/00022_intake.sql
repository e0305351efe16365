-- +goose Up
-- What comes in touches as few pages as can be, since each is written and synced
-- before its sender is answered (docs/decisions/0033).

-- Whose deliveries wait to be read, and which of them first.
DROP INDEX deliveries_pending;
DROP INDEX deliveries_turn;
CREATE INDEX deliveries_due ON deliveries (account_id, next_attempt_at) WHERE state = 'pending';

-- Lists by state ask for what waits by the index above.
DROP INDEX deliveries_state;
CREATE INDEX deliveries_state ON deliveries (account_id, state, received_at) WHERE state <> 'pending';

-- Nobody asks whether a mail is there already: no two are alike.
DROP INDEX deliveries_body;
CREATE INDEX deliveries_body ON deliveries (domain_id, (CASE via WHEN 'mail' THEN NULL ELSE body_hash END));

-- Retention goes by account.
DROP INDEX deliveries_received;

-- +goose Down
CREATE INDEX deliveries_received ON deliveries (received_at);
DROP INDEX deliveries_body;
CREATE INDEX deliveries_body ON deliveries (domain_id, body_hash);
DROP INDEX deliveries_state;
CREATE INDEX deliveries_state ON deliveries (account_id, state, received_at);
DROP INDEX deliveries_due;
CREATE INDEX deliveries_turn ON deliveries (account_id, received_at) WHERE state = 'pending';
CREATE INDEX deliveries_pending ON deliveries (next_attempt_at) WHERE state = 'pending';
