package ingest

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/sealpost/sealpost/models"
)

const (
	// acceptQueue bounds how many deliveries wait for the writer. Beyond it
	// senders are asked to come back, which they do (RFC 8460 §5.5).
	acceptQueue = 1024
	// acceptGroup bounds how many deliveries are committed at once.
	acceptGroup = 256
	// acceptGroupBytes bounds the memory of one commit.
	acceptGroupBytes = 32 << 20
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
	select {
	case in.waiting <- accept{rows: rows, done: done}:
	default:
		return ErrBusy
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
	var held *accept // taken from the queue, but too large for its group
	for {
		var group []accept
		if held != nil {
			group, held = append(group, *held), nil
		} else {
			select {
			case a := <-in.waiting:
				group = append(group, a)
			case <-ctx.Done():
				in.drain()
				return
			}
		}
		group, held = in.gather(group)
		in.commit(group)
	}
}

// gather adds what else is waiting to a group, without waiting itself.
func (in *Ingest) gather(group []accept) (full []accept, held *accept) {
	n, size := len(group[0].rows), group[0].size()
	for n < acceptGroup {
		select {
		case a := <-in.waiting:
			if size += a.size(); size > acceptGroupBytes {
				return group, &a
			}
			n += len(a.rows)
			group = append(group, a)
		default:
			return group, nil
		}
	}
	return group, nil
}

// drain stores what was handed over before the stop.
func (in *Ingest) drain() {
	for {
		select {
		case a := <-in.waiting:
			group, held := in.gather([]accept{a})
			in.commit(group)
			if held != nil {
				in.commit([]accept{*held})
			}
		default:
			return
		}
	}
}

func (in *Ingest) commit(group []accept) {
	var rows []models.NewDelivery
	for _, a := range group {
		rows = append(rows, a.rows...)
	}
	err := in.Store.SaveDeliveries(context.Background(), rows)
	if errors.Is(err, models.ErrDiskFull) {
		err = errors.Join(ErrFull, err)
	}
	if err != nil {
		in.Log.Error("deliveries could not be stored; their senders will try again", "count", len(rows), "error", err)
	}
	for _, a := range group {
		a.done <- err
	}
}
