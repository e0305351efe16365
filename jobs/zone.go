package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/models"
)

// ZoneKeeper keeps the zone that the name server answers from equal to the
// domains in the database.
type ZoneKeeper struct {
	Store   *models.Store
	Zone    hosted.Zone
	Content nameserver.Config // all of the zone but its domains
	Serve   func(*nameserver.Zone)
	Now     func() time.Time
	Log     *slog.Logger

	mu     sync.Mutex
	zone   *nameserver.Zone
	seq    int64
	synced time.Time
}

// changesAtOnce bounds the changes that one step takes in.
const changesAtOnce = 10_000

// Load builds the zone from all domains and serves it.
func (k *ZoneKeeper) Load(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	zone, seq, err := BuildZone(ctx, k.Store, k.Zone, k.Content)
	if err != nil {
		return err
	}
	k.seq, k.synced = seq, k.Now()
	k.publish(zone)
	return nil
}

// Refresh takes in what has changed since. It is called at once on the node
// that made a change, and every second or two on all.
func (k *ZoneKeeper) Refresh(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		rows, err := k.Store.ZoneChangesSince(ctx, k.seq, changesAtOnce)
		if err != nil {
			return fmt.Errorf("read the changes of the zone: %w", err)
		}
		k.synced = k.Now()
		if len(rows) == 0 {
			return nil
		}
		changes := make([]nameserver.Change, len(rows))
		for i, row := range rows {
			e := zoneEntry(k.Zone, row.Name, row.Token)
			changes[i] = nameserver.Change{Owner: e.Owner, TXT: e.TXT, Removed: row.Removed}
		}
		k.seq = rows[len(rows)-1].Seq
		k.publish(k.zone.With(Serial(k.seq), changes))
	}
}

func (k *ZoneKeeper) publish(zone *nameserver.Zone) {
	if n, err := zone.Skipped(); n > 0 {
		k.Log.Error("the zone had to leave out records", "count", n, "first", err)
	}
	k.zone = zone
	k.Serve(zone)
}

// Age is how long ago the zone was last known to be up to date.
func (k *ZoneKeeper) Age() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Now().Sub(k.synced)
}

// BuildZone makes the zone of all domains in the database, and gives the
// number of the newest change that is in it.
func BuildZone(ctx context.Context, store *models.Store, names hosted.Zone, content nameserver.Config) (*nameserver.Zone, int64, error) {
	var entries []nameserver.Entry
	seq, err := store.ZoneEntries(ctx, func(e models.ZoneEntry) error {
		entries = append(entries, zoneEntry(names, e.Name, e.Token))
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the zone: %w", err)
	}
	zone, err := nameserver.NewZone(content, Serial(seq), slices.Values(entries))
	if err != nil {
		return nil, 0, fmt.Errorf("build the zone: %w", err)
	}
	return zone, seq, nil
}

func zoneEntry(names hosted.Zone, domain, token string) nameserver.Entry {
	return nameserver.Entry{Owner: names.Target(domain, token), TXT: names.Record(token)}
}

// Serial is the SOA serial of the zone after change seq (RFC 1982 arithmetic:
// it only rises, and wraps after four thousand million changes).
func Serial(seq int64) uint32 { return uint32(seq) }
