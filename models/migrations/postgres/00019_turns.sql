-- +goose Up
-- Whose deliveries wait to be read, so that the accounts can take turns.
CREATE INDEX deliveries_turn ON deliveries (account_id, received_at) WHERE state = 'pending';

-- +goose Down
DROP INDEX deliveries_turn;
