-- +goose Up
CREATE INDEX domain_events_past ON domain_events (at) WHERE kind IN ('verdict', 'record', 'mx');

-- +goose Down
DROP INDEX domain_events_past;
