package ingest

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// The constants that tests count with.
const (
	AcceptQueue = acceptQueue
	AcceptShare = acceptShare
	MaxAttempts = maxAttempts
	MaxClaims   = maxClaims
	MaxText     = maxText
	MaxName     = maxName
	JudgeLease  = judgeLease
	JudgeBatch  = judgeBatch
	KeyRetry    = keyRetry
	KeyPatience = keyPatience
	FreshBytes  = freshBytes
	AcceptGroup = acceptGroup
)

var (
	Clean        = clean
	Network      = network
	HostName     = hostName
	OrgDomain    = orgDomain
	Compress     = (&compressor{}).compress
	FailureRetry = failureRetry
)

// WriteLoop stores what Accept is given, and judges nothing.
func (in *Ingest) WriteLoop(ctx context.Context) { in.writeLoop(ctx) }

// Hold keeps what is stored, as an intake does that also judges.
func (in *Ingest) Hold() { in.fresh.use() }

// GiveBack is what an intake does last.
func (in *Ingest) GiveBack(ctx context.Context) { in.giveBack(ctx) }

// Gather waits as the writer does before it commits.
func (in *Ingest) Gather(atMost time.Duration) { in.gather(atMost) }

// Process is what the intake does whenever it is woken.
func (in *Ingest) Process(ctx context.Context) error { return in.process(ctx) }

// MoreComing is what decides whether the writer waits.
func (in *Ingest) MoreComing(waiting int) bool { return in.moreComing(waiting) }

// Coming is how many senders are handing something in.
func (in *Ingest) Coming() int64 { return in.coming.Load() }

// Queue hands a delivery to the writer without waiting for it.
func (in *Ingest) Queue(d Delivery) error {
	row, err := in.newRow(d)
	if err != nil {
		return err
	}
	raws := make([][]byte, 1)
	if d.Via == models.ViaMail || d.Via == models.ViaPost {
		raws[0] = d.Raw
	}
	return in.queue.add(accept{rows: []models.NewDelivery{row}, raws: raws, done: make(chan error, 1)})
}

// Groups empties the queue as the writer would, and gives the sizes of the
// commits that it would make.
func (in *Ingest) Groups() []int {
	var sizes []int
	for group := in.queue.take(); len(group) > 0; group = in.queue.take() {
		rows := 0
		for _, a := range group {
			rows += len(a.rows)
		}
		sizes = append(sizes, rows)
	}
	return sizes
}

// NextGroup takes what the writer would commit next, and names the accounts in
// its order.
func (in *Ingest) NextGroup() (accounts []string) {
	for _, a := range in.queue.take() {
		accounts = append(accounts, a.rows[0].AccountID)
	}
	return accounts
}

// JudgeInMemory is judge without a database: the account has the given domains
// and the first is the one that the delivery was sent for.
func (in *Ingest) JudgeInMemory(ctx context.Context, d models.Delivery, raw []byte, domains []models.Domain) ([]models.FullReport, error) {
	found, err := tlsrpt.Read(raw, in.Limits)
	if err != nil {
		return nil, err
	}
	trust, identity, err := in.prove(ctx, &d, raw, found)
	if err != nil {
		return nil, err
	}
	var reports []models.FullReport
	for _, r := range found.Reports {
		for _, shares := range [][]domainShare{shareOfOne(domains[0], domains, r), sharesOfAccount(domains[0], domains, r), sharesOfAccount(models.Domain{}, domains, r)} {
			for _, share := range shares {
				reporter := reporterOf(identity, r, found.Mail)
				reports = append(reports, newReport(d, r, share, trust, reporter, organization(reporter, r, found.Mail)))
			}
		}
	}
	return reports, nil
}
