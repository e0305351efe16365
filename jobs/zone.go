package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/models"
)

// ZoneKeeper keeps the zone that the name server answers from equal to the
// domains in the database, and a copy of it on disk for a start without one.
type ZoneKeeper struct {
	// Store may be set after Restore, before everything else is called.
	Store   *models.Store
	Zone    hosted.Zone
	Content nameserver.Config // all of the zone but its domains
	Serve   func(*nameserver.Zone)
	Now     func() time.Time
	Log     *slog.Logger
	// Snapshot is the file that Save writes and Restore reads; empty for none.
	Snapshot string
	// Authority is set on a node that answers queries. Only such a node knows by
	// its Content what the zone was and is beside the domains.
	Authority bool

	mu     sync.Mutex  // one step at a time; what only reads the zone does not wait for it
	seq    int64       // the newest change that zone holds
	loaded atomic.Bool // from the database, not only from the snapshot
	noted  bool        // Content, in the database
	zone   atomic.Pointer[nameserver.Zone]
	synced atomic.Int64 // Unix nanoseconds; 0 is never

	saving snapshotState
}

// changesAtOnce bounds the changes that one step takes in.
const changesAtOnce = 10_000

// Load builds the zone from all domains and serves it.
func (k *ZoneKeeper) Load(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.load(ctx)
}

// load builds the zone anew. The serial never falls below the one served: a
// database that was put back to an earlier state counts on from there.
func (k *ZoneKeeper) load(ctx context.Context) error {
	k.noteApex(ctx)
	at := k.Now()
	zone, seq, err := BuildZone(ctx, k.Store, k.Zone, k.Content)
	if err != nil {
		return err
	}
	if lag := k.lag(seq); lag > 0 {
		k.Log.Warn("the database is behind the zone that is served; its changes are numbered on from there", "by", lag)
		if err := k.Store.RaiseZoneSequence(ctx, seq+lag+1); err != nil {
			return fmt.Errorf("raise the serial: %w", err)
		}
		if zone, seq, err = BuildZone(ctx, k.Store, k.Zone, k.Content); err != nil {
			return err
		}
	}
	k.seq = seq
	k.publish(zone)
	k.loaded.Store(true)
	k.synced.Store(at.UnixNano())
	return nil
}

// lag is how far the serial of change seq lies behind the one served, in the
// serial arithmetic of RFC 1982.
func (k *ZoneKeeper) lag(seq int64) int64 {
	zone := k.zone.Load()
	if zone == nil {
		return 0
	}
	return int64(int32(zone.Serial() - Serial(seq)))
}

// Refresh takes in what has changed since. It is called at once on the node
// that made a change, and every second or two on all.
func (k *ZoneKeeper) Refresh(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.loaded.Load() {
		return k.load(ctx)
	}
	k.noteApex(ctx)
	for {
		at := k.Now()
		newest, err := k.Store.ZoneSequence(ctx)
		if err != nil {
			return fmt.Errorf("read the number of the newest change of the zone: %w", err)
		}
		if newest == k.seq {
			k.synced.Store(at.UnixNano())
			return nil
		}
		rows, err := k.Store.ZoneChangesSince(ctx, k.seq, changesAtOnce)
		if err != nil {
			return fmt.Errorf("read the changes of the zone: %w", err)
		}
		if !follows(rows, k.seq) {
			return k.load(ctx) // the database is not the one that it was
		}
		k.take(rows)
	}
}

// follows says whether the changes are all there are after seq: their numbers
// have no gaps.
func follows(rows []models.ZoneChange, seq int64) bool {
	for i, row := range rows {
		if row.Seq != seq+1+int64(i) {
			return false
		}
	}
	return len(rows) > 0
}

func (k *ZoneKeeper) take(rows []models.ZoneChange) {
	changes := make([]nameserver.Change, 0, len(rows))
	for _, row := range rows {
		if row.Name == models.ZoneApex {
			continue // every node has the apex from its own configuration
		}
		e := zoneEntry(k.Zone, row.Name, row.Token)
		changes = append(changes, nameserver.Change{Owner: e.Owner, TXT: e.TXT, Removed: row.Removed})
	}
	k.seq = rows[len(rows)-1].Seq
	k.publish(k.zone.Load().With(Serial(k.seq), changes))
}

func (k *ZoneKeeper) publish(zone *nameserver.Zone) {
	if n, err := zone.Skipped(); n > 0 {
		k.Log.Error("the zone had to leave out records", "count", n, "first", err)
	}
	k.zone.Store(zone)
	k.Serve(zone)
}

// Age is how long ago the zone was last known to be up to date. It waits for
// nothing, least of all for a database that does not answer.
func (k *ZoneKeeper) Age() time.Duration {
	return k.Now().Sub(time.Unix(0, k.synced.Load()))
}

// BuildZone makes the zone of all domains in the database, and gives the
// number of the newest change that is in it.
func BuildZone(ctx context.Context, store *models.Store, names hosted.Zone, content nameserver.Config) (*nameserver.Zone, int64, error) {
	var seq int64
	var read error
	zone, err := nameserver.NewZone(content, 0, func(yield func(nameserver.Entry) bool) {
		seq, read = store.ZoneEntries(ctx, func(e models.ZoneEntry) error {
			yield(zoneEntry(names, e.Name, e.Token)) // NewZone never stops before the end
			return nil
		})
	})
	if read != nil {
		return nil, 0, fmt.Errorf("read the zone: %w", read)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("build the zone: %w", err)
	}
	return zone.WithSerial(Serial(seq)), seq, nil
}

func zoneEntry(names hosted.Zone, domain, token string) nameserver.Entry {
	return nameserver.Entry{Owner: names.Target(domain, token), TXT: names.Record(token)}
}

// Serial is the SOA serial of the zone after change seq (RFC 1982 arithmetic:
// it only rises, and wraps after four thousand million changes).
func Serial(seq int64) uint32 { return uint32(seq) }
