package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// importCmd takes files into an account, as uploads would be.
type importCmd struct {
	Account string   `required:"" placeholder:"EMAIL" help:"Address of the account's user."`
	Domain  string   `placeholder:"NAME" help:"Domain that takes the policies that name none."`
	Paths   []string `arg:"" help:"Files and folders."`
}

// outcomeWait is how long one file may take to be read.
const outcomeWait = time.Minute

// Run implements the command. It exits with 1 when a file was not counted.
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
		Now: c.now, Log: slog.New(slog.NewTextHandler(std.err, nil)), Holder: holderName(),
	})
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); intake.Run(running) }()
	defer func() { stop(); <-ended }()
	return importFiles(ctx, std, intake, ingest.Delivery{Via: models.ViaImport, AccountID: account.ID, DomainID: domainID}, files, c.Limits.MessageBytes)
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
	return accounts[0], nil
}

// filesIn lists the files at paths, those of folders included.
func filesIn(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func importFiles(ctx context.Context, std streams, intake *ingest.Ingest, like ingest.Delivery, files []string, limit int) error {
	counts := map[models.DeliveryState]int{}
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := importFile(ctx, intake, like, name, limit)
		if err != nil {
			fmt.Fprintf(std.err, "web: %s: %v\n", name, err)
			counts[models.DeliveryQuarantined]++
			continue
		}
		counts[d.State]++
		fmt.Fprintf(std.out, "%-12s %s", d.State, name)
		if d.Reason != "" {
			fmt.Fprintf(std.out, "  (%s: %s)", d.Reason, printable(d.Detail))
		}
		fmt.Fprintln(std.out)
	}
	fmt.Fprintf(std.out, "%d files: %d counted, %d duplicate, %d not counted\n", len(files),
		counts[models.DeliveryCounted], counts[models.DeliveryDuplicate], len(files)-counts[models.DeliveryCounted]-counts[models.DeliveryDuplicate])
	if counts[models.DeliveryQuarantined] > 0 {
		return exitCode(1)
	}
	return nil
}

func importFile(ctx context.Context, intake *ingest.Ingest, like ingest.Delivery, name string, limit int) (models.Delivery, error) {
	raw, err := readInput(os.Stdin, name, limit)
	if err != nil {
		return models.Delivery{}, err
	}
	like.FileName, like.Raw = filepath.Base(name), raw
	receipt, err := intake.Accept(ctx, like)
	if err != nil {
		return models.Delivery{}, err
	}
	return intake.Outcome(ctx, like.AccountID, receipt.ID, outcomeWait)
}
