package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/nameserver"
)

const (
	// snapshotShare keeps the writing of snapshots below a twentieth of the
	// time: a large zone is written less often.
	snapshotShare = 20
	// snapshotTouch is how often the time of a file is moved on while the zone
	// does not change.
	snapshotTouch = 30 * time.Second
)

// snapshotState is what Save remembers of the file.
type snapshotState struct {
	mu      sync.Mutex
	written bool // by this process
	serial  uint32
	synced  time.Time // the zone's, as the file shows it
	next    time.Time // no sooner than this
}

// Restore serves the zone that Save has left on disk, whatever the state of the
// database. The time of the file says how old it is. It reports false, with an
// error unless there is no file, when nothing could be served.
func (k *ZoneKeeper) Restore() (bool, error) {
	if k.Snapshot == "" {
		return false, nil
	}
	file, err := os.Open(k.Snapshot)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the snapshot of the zone: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false, fmt.Errorf("read the snapshot of the zone: %w", err)
	}
	zone, err := nameserver.ReadZone(k.Content, file)
	if err != nil {
		return false, fmt.Errorf("read the snapshot of the zone %s: %w", k.Snapshot, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.publish(zone)
	k.synced.Store(info.ModTime().UnixNano())
	return true, nil
}

// Save brings the snapshot up to date. It may be called every second: most of
// the time there is nothing to do.
func (k *ZoneKeeper) Save(context.Context) error { return k.save(false) }

// SaveNow is Save for a stop: it does not wait for its turn.
func (k *ZoneKeeper) SaveNow() error { return k.save(true) }

func (k *ZoneKeeper) save(now bool) error {
	s := &k.saving
	s.mu.Lock()
	defer s.mu.Unlock()
	zone, synced := k.saveable()
	began := k.Now()
	switch {
	case k.Snapshot == "" || zone == nil:
		return nil
	case s.written && s.serial == zone.Serial():
		if !now && synced.Sub(s.synced) < snapshotTouch {
			return nil
		}
		s.synced = synced
		if err := os.Chtimes(k.Snapshot, synced, synced); err != nil {
			s.written = false // somebody took it away
			return fmt.Errorf("keep the snapshot of the zone: %w", err)
		}
		return nil
	case !now && began.Before(s.next):
		return nil
	}
	err := writeSnapshot(k.Snapshot, zone, synced)
	s.next = k.Now().Add(snapshotShare * k.Now().Sub(began))
	if err != nil {
		return fmt.Errorf("write the snapshot of the zone: %w", err)
	}
	s.written, s.serial, s.synced = true, zone.Serial(), synced
	return nil
}

// saveable is the zone and when it was up to date; nil before it was read from
// the database, as the snapshot is no worse then.
func (k *ZoneKeeper) saveable() (*nameserver.Zone, time.Time) {
	if !k.loaded.Load() {
		return nil, time.Time{}
	}
	synced := time.Unix(0, k.synced.Load()) // first: the zone may only be newer
	return k.zone.Load(), synced
}

// SnapshotAge is how old the zone in the file of this process is, and false
// when it has written none.
func (k *ZoneKeeper) SnapshotAge() (time.Duration, bool) {
	k.saving.mu.Lock()
	defer k.saving.mu.Unlock()
	return k.Now().Sub(k.saving.synced), k.saving.written
}

// writeSnapshot puts the file in its place in one step, so that a crash or a
// full disk leaves the one before.
func writeSnapshot(path string, zone *nameserver.Zone, synced time.Time) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".zone-*") // readable to the owner only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = zone.WriteTo(file)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(file.Name(), synced, synced); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the operator names it
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
