package ingest

import "sync/atomic"

// space says whether the storage takes deliveries.
type space struct{ full atomic.Bool }

// Ready says whether a delivery could be stored now: nil, ErrBusy, ErrFull or
// ErrStopped. It does not wait, so that a sender can be told before it sends.
func (in *Ingest) Ready() error {
	select {
	case <-in.stopped:
		return ErrStopped
	default:
	}
	switch {
	case in.space.full.Load():
		return ErrFull
	case in.queue.full():
		return ErrBusy
	default:
		return nil
	}
}

// StorageFull reports whether deliveries are turned away for want of space.
func (in *Ingest) StorageFull() bool { return in.space.full.Load() }

// CheckSpace looks whether the disk of the database has room again, or has
// too little: below MinFree nothing is accepted, so that what is left serves
// those who read and clean up. Run it every few seconds.
func (in *Ingest) CheckSpace() error {
	free, known, err := in.Store.FreeBytes()
	if err != nil {
		return err
	}
	// Where the space is not ours to see, the next delivery finds out.
	in.noteFull(known && free < in.MinFree)
	return nil
}

func (in *Ingest) noteFull(full bool) {
	if in.space.full.Swap(full) == full {
		return
	}
	if full {
		in.Log.Error("the storage is full; senders are asked to come back until there is room")
		return
	}
	in.Log.Info("the storage has room again")
	in.Wake()
}
