package ingest

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/sealpost/sealpost/models"
)

// accept is a group of deliveries that are stored together or not at all.
type accept struct {
	rows []models.NewDelivery
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
	rows := make([]models.NewDelivery, len(ds))
	receipts := make([]Receipt, len(ds))
	for i, d := range ds {
		row, err := in.newRow(d)
		if err != nil {
			return nil, err
		}
		rows[i], receipts[i] = row, Receipt{ID: row.ID}
	}
	if err := in.store(ctx, rows); err != nil {
		return nil, err
	}
	for _, row := range rows {
		in.Log.Info("accepted", "delivery", row.ID, "via", row.Via, "bytes", row.Size)
	}
	in.Wake()
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
		ReceivedAt: in.Now().UTC(), Size: int64(len(d.Raw)), BodyHash: bodyHash(d.Raw),
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
func (in *Ingest) store(ctx context.Context, rows []models.NewDelivery) error {
	done := make(chan error, 1)
	select {
	case <-in.stopped:
		return ErrStopped
	default:
	}
	if in.space.full.Load() {
		return ErrFull
	}
	if err := in.queue.add(accept{rows: rows, done: done}); err != nil {
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
// waits for one sync only. There is no timer.
func (in *Ingest) writeLoop(ctx context.Context) {
	defer close(in.stopped)
	for {
		if group := in.queue.take(); len(group) > 0 {
			in.commit(group)
			continue
		}
		select {
		case <-in.queue.filled:
		case <-ctx.Done():
			return // with all stored that was handed over
		}
	}
}

func (in *Ingest) commit(group []accept) {
	rows := make([][]models.NewDelivery, len(group))
	for i, a := range group {
		rows[i] = a.rows
	}
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
		}
		a.done <- err
	}
}
