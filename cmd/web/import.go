package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// importCmd takes files into an account, as uploads would be: reports, mails,
// mailbox files (mbox), folders and maildirs. A second run counts nothing twice.
type importCmd struct {
	Account string   `required:"" placeholder:"EMAIL" help:"Address of the account's user."`
	Domain  string   `placeholder:"NAME" help:"Domain that takes the policies that name none."`
	Paths   []string `arg:"" help:"Files, mailbox files (mbox), folders and maildirs."`
}

// Run implements the command. It exits with 0 when everything was counted, now
// or before, and with 1 otherwise.
func (cmd importCmd) Run(ctx context.Context, std streams) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	files, err := filesIn(cmd.Paths)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	account, domainID, err := cmd.target(ctx, store)
	if err != nil {
		return err
	}
	intake := ingest.New(ingest.Config{
		Store: store, Zone: c.names(), LookupTXT: txtLookup(c.Resolvers), Limits: c.reportLimits(),
		Now: c.now, Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn})), Holder: holderName(),
	})
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); intake.Run(running) }()
	defer func() { stop(); <-ended }()
	run := importRun{
		intake: intake, like: ingest.Delivery{Via: models.ViaImport, AccountID: account.ID, DomainID: domainID},
		limit: c.Limits.MessageBytes, std: std, counts: map[models.DeliveryState]int{}, files: len(files),
	}
	return run.all(ctx, files)
}

func (cmd importCmd) target(ctx context.Context, store *models.Store) (models.Account, string, error) {
	account, err := accountOf(ctx, store, cmd.Account)
	if err != nil || cmd.Domain == "" {
		return account, "", err
	}
	name, err := domainname.Parse(cmd.Domain)
	if err != nil {
		return account, "", err
	}
	d, err := store.Domain(ctx, account.ID, name)
	if errors.Is(err, models.ErrNotFound) {
		return account, "", fmt.Errorf("%s is not a domain of this account", name)
	}
	return account, d.ID, err
}

func accountOf(ctx context.Context, store *models.Store, email string) (models.Account, error) {
	user, err := store.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if errors.Is(err, models.ErrNotFound) {
		return models.Account{}, fmt.Errorf("no user has the address %s", email)
	}
	if err != nil {
		return models.Account{}, err
	}
	accounts, err := store.AccountsOf(ctx, user.ID)
	if err != nil {
		return models.Account{}, err
	}
	if len(accounts) == 0 {
		return models.Account{}, fmt.Errorf("%s is a member of no account", email)
	}
	return accounts[0].Account, nil
}
