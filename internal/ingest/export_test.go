package ingest

import (
	"context"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// The constants that tests count with.
const (
	AcceptQueue = acceptQueue
	MaxAttempts = maxAttempts
	MaxClaims   = maxClaims
	MaxText     = maxText
	MaxName     = maxName
	JudgeLease  = judgeLease
	KeyRetry    = keyRetry
	KeyPatience = keyPatience
)

var (
	Clean        = clean
	Network      = network
	HostName     = hostName
	AllowTLSRPT  = allowTLSRPT
	OrgDomain    = orgDomain
	Compress     = (&compressor{}).compress
	FailureRetry = failureRetry
)

// WriteLoop stores what Accept is given, and judges nothing.
func (in *Ingest) WriteLoop(ctx context.Context) { in.writeLoop(ctx) }

// Queue hands a delivery to the writer without waiting for it.
func (in *Ingest) Queue(d Delivery) error {
	row, err := in.newRow(d)
	if err != nil {
		return err
	}
	in.waiting <- accept{rows: []models.NewDelivery{row}, done: make(chan error, 1)}
	return nil
}

// Groups empties the queue as the writer would, and gives the sizes of the
// commits that it would make.
func (in *Ingest) Groups() []int {
	var sizes []int
	var held *accept
	for held != nil || len(in.waiting) > 0 {
		if held == nil {
			a := <-in.waiting
			held = &a
		}
		var group []accept
		group, held = in.gather([]accept{*held})
		rows := 0
		for _, a := range group {
			rows += len(a.rows)
		}
		sizes = append(sizes, rows)
	}
	return sizes
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
		if !plausible(r) {
			continue
		}
		for _, shares := range [][]domainShare{shareOfOne(domains[0], domains, r), sharesOfAccount(domains[0], domains, r), sharesOfAccount(models.Domain{}, domains, r)} {
			for _, share := range shares {
				reporter := reporterOf(identity, r, found.Mail)
				reports = append(reports, newReport(d, r, share, trust, reporter, organization(reporter, r, found.Mail)))
			}
		}
	}
	return reports, nil
}
