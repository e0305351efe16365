package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

const (
	// judgeBatch is how many deliveries are saved in one transaction.
	judgeBatch = 64
	// judgeLease keeps claimed deliveries from other nodes. It is longer than a
	// batch takes when no key can be looked up (judgeBatch / judgeAtOnce times
	// keyTimeout), and short enough to wait for after a crash.
	judgeLease = 30 * time.Second
	// courtesy is how long the next batch waits at most while deliveries come
	// in, and yield how many times as long as the last one took. What has waited
	// for longer than patience gets a larger share.
	courtesy     = 250 * time.Millisecond
	yield        = 9
	patience     = 10 * time.Second
	yieldBacklog = 2
	// lull is how long nothing may have come in for the wait to end early.
	lull = 25 * time.Millisecond
	// judgeAtOnce bounds the deliveries whose keys are looked up together.
	judgeAtOnce = 16
	// maxAttempts is how often a delivery may fail to be read or saved before
	// it is put aside.
	maxAttempts = 5
	// maxClaims is how often a delivery may be claimed with no word of how it
	// went before it is put aside unread: it seems to end the process. Kills
	// from outside cost the same claims, hence the wider bound.
	maxClaims = 20
	// keyPatience is how long a missing answer about a signing key is waited
	// for (rulings.md 10).
	keyPatience = 24 * time.Hour
	// keyRetry is the pause before a key is looked up again.
	keyRetry = 10 * time.Minute
	// failureRetry is the pause after a failure of our own.
	failureRetry = 30 * time.Second
)

// ReasonForeignDomain is the quarantine reason of a report that says nothing
// about a domain of the account; the other reasons are tlsrpt's.
const ReasonForeignDomain = "foreign-domain"

// errLater says that a delivery cannot be judged yet and why.
type errLater struct {
	pause  time.Duration
	detail string
}

func (e errLater) Error() string { return e.detail }

// ProcessPending judges all deliveries that are due, until none is left. It
// may run at any time and on several nodes at once.
func (in *Ingest) ProcessPending(ctx context.Context) error {
	in.look.Store(true)
	return in.process(ctx)
}

// process judges what was stored here just now, and what can be claimed when
// there may be something.
func (in *Ingest) process(ctx context.Context) error {
	for claiming := false; ctx.Err() == nil && !in.StorageFull(); claiming = !claiming {
		began, stored := time.Now(), in.stored.Load()
		claimed, err := in.next(ctx, claiming)
		if err != nil {
			return fmt.Errorf("claim pending deliveries: %w", err)
		}
		if len(claimed) == 0 {
			return nil
		}
		in.processBatch(ctx, claimed)
		if in.stored.Load() != stored || in.queue.busy() {
			times := time.Duration(yield)
			if in.Now().Sub(claimed[0].ReceivedAt) > patience {
				times = yieldBacklog
			}
			in.giveWay(ctx, min(times*time.Since(began), courtesy))
		}
	}
	return nil
}

// next gives a batch to judge, from the database or from what was stored here, in
// turn while both have something.
func (in *Ingest) next(ctx context.Context, claiming bool) (batch []claimed, err error) {
	if !claiming {
		if batch = in.fresh.take(judgeBatch, in.Now()); len(batch) > 0 {
			return batch, nil
		}
	}
	if in.look.Swap(false) {
		found, err := in.Store.ClaimPendingDeliveries(ctx, in.Holder, judgeBatch, judgeLease)
		if err != nil {
			in.look.Store(true)
			return nil, err
		}
		for _, d := range found {
			batch = append(batch, claimed{Delivery: d})
		}
		if len(batch) > 0 {
			in.look.Store(true)
			return batch, nil
		}
	}
	return in.fresh.take(judgeBatch, in.Now()), nil
}

// giveWay lets those go first who wait for an answer, until none came for a
// moment or for so long at most. It goes by the machine's clock, as they do.
func (in *Ingest) giveWay(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	tick := time.NewTicker(lull)
	defer tick.Stop()
	for before := int64(-1); in.queue.busy() || in.stored.Load() != before; {
		before = in.stored.Load()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// processBatch judges and saves what was claimed. A batch that cannot be saved
// is saved one by one, so that one delivery cannot hold up the others.
func (in *Ingest) processBatch(ctx context.Context, claimed []claimed) {
	batch := in.judgeAll(ctx, claimed)
	if len(batch) == 0 {
		return
	}
	for _, j := range batch {
		d := j.Delivery
		in.Log.Info("judged", "delivery", d.ID, "via", d.Via, "state", d.State, "reason", d.Reason, "dkim", d.DKIM, "reports", len(j.Reports))
	}
	err := in.Store.SaveJudged(ctx, in.Holder, batch)
	if err == nil {
		return
	}
	if errors.Is(err, models.ErrDiskFull) {
		in.waitForSpace(ctx, batch)
		return
	}
	in.Log.Warn("a batch of deliveries could not be saved; saving them one by one", "count", len(batch), "error", err)
	for _, j := range batch {
		if err := in.Store.SaveJudged(ctx, in.Holder, []models.Judged{j}); err != nil {
			in.Log.Error("a delivery could not be saved", "delivery", j.Delivery.ID, "error", err)
			in.unsaved(ctx, j.Delivery)
		}
	}
}

// waitForSpace puts a batch back that found the disk full, which is no fault
// of the deliveries. Where even that finds no room their claims end by themselves.
func (in *Ingest) waitForSpace(ctx context.Context, batch []models.Judged) {
	in.noteFull(true)
	for _, j := range batch {
		err := in.Store.PostponeDelivery(context.WithoutCancel(ctx), in.Holder, j.Delivery.ID, in.Now(), "")
		if err != nil {
			in.Log.Warn("deliveries wait for their claim to end", "error", err)
			return
		}
	}
}

// unsaved puts a delivery back that the database would not take, or aside when
// that has happened too often and the database takes as much as that.
func (in *Ingest) unsaved(ctx context.Context, d models.Delivery) {
	if d.Attempts >= maxAttempts {
		aside := quarantine(d, tlsrpt.Reason(tlsrpt.ErrMalformed), "It could not be stored in several attempts.")
		if in.Store.SaveJudged(ctx, in.Holder, []models.Judged{aside}) == nil {
			return
		}
	}
	in.release(ctx, d, errSaving)
}

var errSaving = errors.New("saving failed")

func (in *Ingest) judgeAll(ctx context.Context, claimed []claimed) []models.Judged {
	domains, err := in.domainsOf(ctx, claimed)
	if err != nil {
		for _, d := range claimed {
			in.release(ctx, d.Delivery, err)
		}
		return nil
	}
	judged := make([]*models.Judged, len(claimed))
	var g errgroup.Group
	g.SetLimit(judgeAtOnce)
	for i, d := range claimed {
		g.Go(func() error {
			j, err := in.judgeOrPutAside(ctx, d, domains)
			if err != nil {
				in.release(ctx, d.Delivery, err)
				return nil
			}
			judged[i] = &j
			return nil
		})
	}
	_ = g.Wait() // the funcs return nil
	batch := make([]models.Judged, 0, len(judged))
	for _, j := range judged {
		if j != nil {
			batch = append(batch, *j)
		}
	}
	return batch
}

func (in *Ingest) release(ctx context.Context, d models.Delivery, cause error) {
	ctx = context.WithoutCancel(ctx)
	var later errLater
	var err error
	if errors.As(cause, &later) {
		err = in.Store.PostponeDelivery(ctx, in.Holder, d.ID, in.Now().Add(later.pause), clean(later.detail, maxText))
	} else {
		in.Log.Error("a delivery could not be judged; it is tried again", "delivery", d.ID, "error", cause)
		err = in.Store.ReleaseDelivery(ctx, in.Holder, d.ID, in.Now().Add(failureRetry), "It could not be read yet.")
	}
	if err != nil {
		in.Log.Error("a delivery could not be released; its claim will end by itself", "delivery", d.ID, "error", err)
	}
}

// judgeOrPutAside puts a delivery aside that has failed too often.
func (in *Ingest) judgeOrPutAside(ctx context.Context, d claimed, domains domains) (models.Judged, error) {
	d.Detail = "" // why it has waited, if it has
	if d.Attempts > maxClaims {
		return quarantine(d.Delivery, tlsrpt.Reason(tlsrpt.ErrMalformed), "It was never read to its end."), nil
	}
	j, err := in.judgeGuarded(ctx, d, domains)
	if err != nil && ctx.Err() != nil {
		return j, errLater{} // the process stops; whoever comes next goes on at once
	}
	var later errLater
	if err == nil || errors.As(err, &later) || d.Attempts < maxAttempts {
		return j, err
	}
	in.Log.Error("a delivery is put aside", "delivery", d.ID, "error", err)
	return quarantine(d.Delivery, tlsrpt.Reason(tlsrpt.ErrMalformed), "It could not be read in several attempts."), nil
}

// judgeGuarded keeps a delivery that trips over a fault of ours from taking
// the others with it.
func (in *Ingest) judgeGuarded(ctx context.Context, d claimed, domains domains) (j models.Judged, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while reading: %v", r)
		}
	}()
	return in.judge(ctx, d, domains)
}

// judge reads a delivery, proves where it is from and divides it among the
// domains of its account.
func (in *Ingest) judge(ctx context.Context, c claimed, domains domains) (models.Judged, error) {
	d, raw := c.Delivery, c.raw
	if raw == nil {
		var err error
		if raw, err = readBody(ctx, in.Store, d.ID); err != nil {
			return models.Judged{}, err
		}
	}
	limits := in.Limits
	limits.Now = d.ReceivedAt
	found, err := tlsrpt.Read(raw, limits)
	if err != nil {
		return quarantine(d, tlsrpt.Reason(err), err.Error()), nil
	}
	if test, err := in.selfTest(ctx, d, found); err != nil || test != "" {
		return in.judgeSelfTest(ctx, d, raw, found, test), err
	}
	trust, identity, err := in.prove(ctx, &d, raw, found)
	if err != nil {
		return models.Judged{}, err
	}
	d.Detail = leftOut(found.Problems)
	return in.attribute(ctx, d, domains, found, trust, identity)
}

// leftOut says of what holds reports that parts of it, such as a file in an
// archive, could not be read as one; "" when all could.
func leftOut(problems []error) string {
	switch n := len(problems); n {
	case 0:
		return ""
	case 1:
		return clean("One part of it could not be read and is left out: "+problems[0].Error(), maxText)
	default:
		return clean(fmt.Sprintf("%d parts of it could not be read and are left out; the first: %v", n, problems[0]), maxText)
	}
}

func quarantine(d models.Delivery, reason, detail string) models.Judged {
	d.State, d.Reason, d.Detail = models.DeliveryQuarantined, reason, clean(detail, maxText)
	return models.Judged{Delivery: d}
}

// prove says how far a delivery is trusted, and notes it in d. identity is who
// has signed it, or "" when nobody provably has.
func (in *Ingest) prove(ctx context.Context, d *models.Delivery, raw []byte, found tlsrpt.Found) (models.Trust, string, error) {
	if d.Via == models.ViaPost {
		return models.Posted, "", nil
	}
	if !decided(d.DKIM) {
		p := proof{Result: dkimNone, Reason: "It is no message, so nothing in it can be signed."}
		if found.Mail != nil {
			p = in.authenticate(ctx, withCRLF(raw), found.Mail, d.ReceivedAt)
		}
		d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason = p.Result, clean(p.Domain, maxName), clean(p.Selector, maxName), clean(p.Reason, maxText)
	}
	switch {
	case d.DKIM == dkimPass, d.DKIM == dkimWeak && found.Mail != nil && found.Mail.ReportParts == 1:
		return models.Verified, orgDomain(d.DKIMDomain), nil
	case d.Via != models.ViaMail:
		return models.Uploaded, "", nil
	case d.AcceptedAt != nil:
		return models.Accepted, "", nil
	case d.DKIM == dkimTempError && (ctx.Err() != nil || in.Now().Sub(d.ReceivedAt) < keyPatience):
		return "", "", errLater{keyRetry, d.DKIMReason}
	default:
		return models.Unverified, "", nil
	}
}

// decided reports whether the signatures of a delivery need no further look:
// they were judged before, at its receipt, and its key may be gone by now.
func decided(result string) bool {
	return result == dkimPass || result == dkimWeak || result == dkimFail || result == dkimNone
}

// withCRLF gives a message the line ends that it was signed with; a saved one
// often has lost them.
func withCRLF(raw []byte) []byte {
	if bytes.Contains(raw, []byte("\r\n")) {
		return raw
	}
	return bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
}
