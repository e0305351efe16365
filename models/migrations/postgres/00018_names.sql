-- +goose Up
-- All registrations of a name, which a check locks when it proves one of them.
-- SQLite has one writer and needs no lock.
CREATE INDEX domains_by_name ON domains (name);

-- +goose Down
DROP INDEX domains_by_name;
