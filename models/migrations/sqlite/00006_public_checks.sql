-- +goose Up
-- One row for each domain that a visitor has lately had checked.
CREATE TABLE public_checks (
    domain        text NOT NULL PRIMARY KEY,
    asked_at      datetime NOT NULL,
    due           boolean NOT NULL,
    claimed_until datetime,
    claimed_by    text NOT NULL,
    checked_at    datetime,
    result        text NOT NULL
);
CREATE INDEX public_checks_due ON public_checks (asked_at) WHERE due;
CREATE INDEX public_checks_asked ON public_checks (asked_at);

-- +goose Down
DROP TABLE public_checks;
