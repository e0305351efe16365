// Package ingest is the one way in for reports, whether they come by mail, by
// POST, as an upload or from a folder: store durably, then authenticate,
// parse, attribute to a domain and count. It knows models and the pure
// packages, and never imports handlers, views or jobs.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// What Accept may return beside nil. Each means: not accepted, send it again.
var (
	ErrBusy    = errors.New("too much is waiting to be stored")
	ErrFull    = errors.New("the storage is full")
	ErrStopped = errors.New("the intake has stopped")
	// ErrOverQuota is for one token or account only, and until the next UTC day.
	ErrOverQuota = errors.New("more has come in today than one domain may get")
)

// Delivery is one message, body or file on its way in.
type Delivery struct {
	Via       models.Via
	AccountID string
	// DomainID is the domain whose token or secret was used. For an upload or
	// an import it is the domain that takes the policies that name none, or "".
	DomainID     string
	EnvelopeFrom string
	RemoteAddr   string
	FileName     string
	Raw          []byte
}

// Receipt says under which id a delivery was stored.
type Receipt struct {
	ID string
	// Duplicate is set when a POST brought a body that the domain has already;
	// nothing was stored then, and ID is empty.
	Duplicate bool
}

// Config is what an intake needs.
type Config struct {
	Store *models.Store
	Zone  hosted.Zone
	// LookupTXT finds the DKIM keys of senders. Its error says by
	// net.DNSError whether it is worth trying again.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
	Limits    tlsrpt.Limits
	Now       func() time.Time
	Log       *slog.Logger
	// Holder names this process among those that share the database.
	Holder string
	// MinFree is how many bytes must be free on the disk of the database for a
	// delivery to be accepted.
	MinFree int64
}

// Ingest takes deliveries in and turns them into counts.
type Ingest struct {
	Config
	commits atomic.Int64
	stored  atomic.Int64
	queue   *queue
	coming  atomic.Int64 // senders who are handing something in
	space   space
	fresh   fresh
	look    atomic.Bool // there may be something to claim
	wake    chan struct{}
	stopped chan struct{}

	compressor compressor
}

// New makes an intake. Nothing is accepted before Run.
func New(c Config) *Ingest {
	return &Ingest{
		Config:  c,
		queue:   newQueue(),
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
}

// Run stores and judges until ctx is done. What Accept has been given by then
// is still stored, so the doors (SMTP, HTTP) must close first.
func (in *Ingest) Run(ctx context.Context) error {
	var g errgroup.Group
	in.fresh.use()
	g.Go(func() error { in.writeLoop(ctx); return nil })
	g.Go(func() error { in.judgeLoop(ctx); return nil })
	err := g.Wait()
	in.giveBack(context.WithoutCancel(ctx))
	return err
}

// giveBack ends the claims on what was stored and not read any more.
func (in *Ingest) giveBack(ctx context.Context) {
	var ids []string
	for _, c := range in.fresh.end() {
		ids = append(ids, c.ID)
	}
	if err := in.Store.ReleaseClaims(ctx, in.Holder, ids); err != nil {
		in.Log.Warn("deliveries wait for their claim to end", "error", err)
	}
}

// Stored counts since the start the commits of accepted deliveries, and the
// deliveries in them.
func (in *Ingest) Stored() (commits, deliveries int64) {
	return in.commits.Load(), in.stored.Load()
}

// Wake makes the intake look for pending deliveries now.
func (in *Ingest) Wake() {
	in.look.Store(true)
	in.rouse()
}

func (in *Ingest) rouse() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

func (in *Ingest) judgeLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-in.wake:
		}
		if err := in.process(ctx); err != nil && ctx.Err() == nil {
			in.Log.Error("reading deliveries failed; the next run tries again", "error", err)
		}
	}
}

// Outcome waits until a delivery has been judged, for wait at most, and
// returns it as it is then.
func (in *Ingest) Outcome(ctx context.Context, accountID, id string, wait time.Duration) (models.Delivery, error) {
	const step = 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		d, err := in.Store.Delivery(context.WithoutCancel(ctx), accountID, id)
		if err != nil || d.State != models.DeliveryPending {
			return d, err
		}
		select {
		case <-ctx.Done():
			return d, nil
		case <-tick.C:
		}
	}
}

// Original gives the bytes of a delivery as they arrived. models.ErrNotFound
// when it is not the account's or its bytes are past their retention.
func Original(ctx context.Context, store *models.Store, accountID, id string) ([]byte, error) {
	kept, err := store.KeptOf(ctx, accountID, []string{id})
	if err == nil && !kept[id].Body {
		err = models.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return readBody(ctx, store, id)
}

func readBody(ctx context.Context, store *models.Store, id string) ([]byte, error) {
	body, err := store.DeliveryBody(ctx, id)
	if err != nil {
		return nil, err
	}
	raw, err := decompress(body)
	if err != nil {
		return nil, fmt.Errorf("read the bytes of delivery %s: %w", id, err)
	}
	return raw, nil
}
