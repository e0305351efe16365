-- +goose Up
CREATE TABLE mailboxes (
    account_id    text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    host          text COLLATE "C" NOT NULL,
    port          bigint NOT NULL,
    security      text COLLATE "C" NOT NULL,
    username      text COLLATE "C" NOT NULL,
    password      bytea NOT NULL,
    folder        text COLLATE "C" NOT NULL,
    done_folder   text COLLATE "C" NOT NULL,
    failed_folder text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    next_poll_at  timestamptz NOT NULL,
    claimed_until timestamptz,
    claimed_by    text COLLATE "C" NOT NULL DEFAULT '',
    tried_at      timestamptz,
    polled_at     timestamptz,
    error         text COLLATE "C" NOT NULL DEFAULT '',
    failures      bigint NOT NULL DEFAULT 0,
    messages      bigint NOT NULL DEFAULT 0,
    taken         bigint NOT NULL DEFAULT 0,
    put_aside     bigint NOT NULL DEFAULT 0
);
CREATE INDEX mailboxes_due ON mailboxes (next_poll_at);

-- +goose Down
DROP TABLE mailboxes;
