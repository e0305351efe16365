package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/sealpost/sealpost/models"
)

// accept is a group of deliveries that are stored together or not at all.
type accept struct {
	rows []models.NewDelivery
	raws [][]byte // as they arrived, of those that nobody else uses
	done chan<- error
}

func (a accept) size() int {
	n := 0
	for _, r := range a.rows {
		n += len(r.Body)
	}
	return n
}

// Accept stores one delivery and returns when it is on disk; only then may its
// sender be told that it was accepted.
func (in *Ingest) Accept(ctx context.Context, d Delivery) (Receipt, error) {
	in.Receiving(1)
	defer in.Receiving(-1)
	if d.Via == models.ViaPost {
		known, err := in.Store.StoredAlready(ctx, d.DomainID, bodyHash(d.Raw))
		if err != nil {
			return Receipt{}, err
		}
		if known {
			return Receipt{Duplicate: true}, nil
		}
	}
	receipts, err := in.AcceptAll(ctx, []Delivery{d})
	if err != nil {
		return Receipt{}, err
	}
	return receipts[0], nil
}

// AcceptAll stores several deliveries together, such as one message for
// several recipients: all of them or none.
func (in *Ingest) AcceptAll(ctx context.Context, ds []Delivery) ([]Receipt, error) {
	rows, raws := make([]models.NewDelivery, len(ds)), make([][]byte, len(ds))
	receipts := make([]Receipt, len(ds))
	for i, d := range ds {
		row, err := in.newRow(d)
		if err != nil {
			return nil, err
		}
		rows[i], receipts[i] = row, Receipt{ID: row.ID}
		if d.Via == models.ViaMail || d.Via == models.ViaPost {
			raws[i] = d.Raw
		}
	}
	if err := in.store(ctx, rows, raws); err != nil {
		return nil, err
	}
	for _, row := range rows {
		in.Log.Debug("accepted", "delivery", row.ID, "via", row.Via, "bytes", row.Size)
	}
	in.rouse()
	return receipts, nil
}

func (in *Ingest) newRow(d Delivery) (models.NewDelivery, error) {
	body, err := in.compressor.compress(d.Raw)
	if err != nil {
		return models.NewDelivery{}, err
	}
	row := models.Delivery{
		ID: models.NewDeliveryID(), AccountID: d.AccountID, Via: d.Via,
		EnvelopeFrom: clean(d.EnvelopeFrom, maxText), RemoteAddr: d.RemoteAddr, FileName: clean(d.FileName, maxName),
		ReceivedAt: in.Now().UTC().Truncate(time.Microsecond), Size: int64(len(d.Raw)), BodyHash: bodyHash(d.Raw),
	}
	if d.DomainID != "" {
		row.DomainID = &d.DomainID
	}
	return models.NewDelivery{Delivery: row, Body: body}, nil
}

func bodyHash(raw []byte) []byte {
	sum := sha256.Sum256(raw)
	return sum[:]
}

// store hands rows to the writer and waits for the commit that has them.
func (in *Ingest) store(ctx context.Context, rows []models.NewDelivery, raws [][]byte) error {
	done := make(chan error, 1)
	select {
	case <-in.stopped:
		return ErrStopped
	default:
	}
	if in.space.full.Load() {
		return ErrFull
	}
	if err := in.queue.add(accept{rows: rows, raws: raws, done: done}); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-in.stopped:
	case <-ctx.Done():
		// The commit may still happen. The sender is told nothing, sends it
		// again, and the second copy is found to be a duplicate.
		return ctx.Err()
	}
	select {
	case err := <-done: // the writer's last group
		return err
	default:
		return ErrStopped
	}
}

// writeLoop commits whatever is waiting as one group: while one sync runs the
// next group gathers, so that throughput rises with load and a lone sender
// waits for one sync only.
func (in *Ingest) writeLoop(ctx context.Context) {
	defer close(in.stopped)
	var took time.Duration // the last commit
	for {
		in.gather(took / gatherShare)
		if group := in.queue.take(); len(group) > 0 {
			began := time.Now()
			in.commit(group)
			took = time.Since(began)
			continue
		}
		select {
		case <-in.queue.filled:
		case <-ctx.Done():
			return // with all stored that was handed over
		}
	}
}

const (
	// gatherStep is how long the writer waits for those who are handing something
	// in, and goes on to wait while somebody has come meanwhile.
	gatherStep = 100 * time.Microsecond
	// gatherShare bounds the whole wait by this part of what the last commit took.
	gatherShare = 2
)

// Receiving notes that so many more senders, or less, are handing something in.
// It lets the writer know whom a commit could take along.
func (in *Ingest) Receiving(more int) { in.coming.Add(int64(more)) }

// gather waits for senders who are in the middle of handing something in, so that
// one commit does for more of them. It ends at once when there is none but those
// who wait already, such as a lone one; by itself when nobody hurries.
func (in *Ingest) gather(atMost time.Duration) {
	for end := time.Now().Add(atMost); ; {
		waiting := in.queue.len()
		if !in.moreComing(waiting) || time.Now().After(end) {
			return
		}
		time.Sleep(gatherStep)
		if in.queue.len() == waiting {
			return
		}
	}
}

// moreComing reports whether a commit for those who wait could be one for more.
func (in *Ingest) moreComing(waiting int) bool {
	return waiting > 0 && waiting < acceptGroup && int64(waiting) < in.coming.Load()
}

func (in *Ingest) commit(group []accept) {
	rows := make([][]models.NewDelivery, len(group))
	for i, a := range group {
		rows[i] = a.rows
	}
	held := in.claimAtBirth(group)
	over, err := in.Store.SaveAccepts(context.Background(), rows)
	if errors.Is(err, models.ErrDiskFull) {
		err = errors.Join(ErrFull, err)
		in.noteFull(true)
	}
	if err != nil {
		in.Log.Error("deliveries could not be stored; their senders will try again", "accepts", len(group), "error", err)
	}
	if err == nil {
		in.commits.Add(1)
	}
	for i, a := range group {
		if err == nil && over[i] {
			a.done <- ErrOverQuota
			continue
		}
		if err == nil {
			in.stored.Add(int64(len(a.rows)))
			in.hold(a, i < held)
		}
		a.done <- err
	}
}

// claimAtBirth has the first of a group be claimed by the commit that stores them,
// as many as can be held until they are read.
func (in *Ingest) claimAtBirth(group []accept) (held int) {
	until := in.Now().UTC().Add(judgeLease).Truncate(time.Microsecond)
	rows, bytes := 0, 0
	for _, a := range group {
		rows += len(a.rows)
		for _, raw := range a.raws {
			bytes += len(raw)
		}
		if slices.ContainsFunc(a.raws, func(raw []byte) bool { return raw == nil }) || !in.fresh.room(rows, bytes) {
			break
		}
		for i := range a.rows {
			d := &a.rows[i].Delivery
			d.State, d.Attempts, d.ClaimedBy, d.ClaimedUntil = models.DeliveryPending, 1, in.Holder, &until
		}
		held++
	}
	return held
}

// hold keeps an accept that was stored and claimed, or has the others looked for.
func (in *Ingest) hold(a accept, claimedAtBirth bool) {
	if !claimedAtBirth {
		in.look.Store(true)
		return
	}
	for i, row := range a.rows {
		in.fresh.add(claimed{row.Delivery, a.raws[i]})
	}
}
