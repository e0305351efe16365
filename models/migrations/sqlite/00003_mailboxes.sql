-- +goose Up
CREATE TABLE mailboxes (
    account_id    text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    host          text NOT NULL,
    port          bigint NOT NULL,
    security      text NOT NULL,
    username      text NOT NULL,
    password      blob NOT NULL,
    folder        text NOT NULL,
    done_folder   text NOT NULL,
    failed_folder text NOT NULL,
    state         text NOT NULL,
    created_at    datetime NOT NULL,
    next_poll_at  datetime NOT NULL,
    claimed_until datetime,
    claimed_by    text NOT NULL DEFAULT '',
    tried_at      datetime,
    polled_at     datetime,
    error         text NOT NULL DEFAULT '',
    failures      bigint NOT NULL DEFAULT 0,
    messages      bigint NOT NULL DEFAULT 0,
    taken         bigint NOT NULL DEFAULT 0,
    put_aside     bigint NOT NULL DEFAULT 0
);
CREATE INDEX mailboxes_due ON mailboxes (next_poll_at);

-- +goose Down
DROP TABLE mailboxes;
