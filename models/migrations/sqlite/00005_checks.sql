-- +goose Up
ALTER TABLE domains ADD COLUMN zone text NOT NULL DEFAULT '';
ALTER TABLE domains ADD COLUMN claim_number bigint NOT NULL DEFAULT 0;
ALTER TABLE dns_observations ADD COLUMN ended_at datetime;
CREATE INDEX domains_watched ON domains (watched_until);
CREATE INDEX dns_observations_past ON dns_observations (last_seen) WHERE NOT current;

-- +goose Down
DROP INDEX dns_observations_past;
DROP INDEX domains_watched;
ALTER TABLE dns_observations DROP COLUMN ended_at;
ALTER TABLE domains DROP COLUMN claim_number;
ALTER TABLE domains DROP COLUMN zone;
