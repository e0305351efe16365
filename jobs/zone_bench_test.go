package jobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// large is a database with many domains, and a node that serves them.
type large struct {
	*jobs.ZoneKeeper
	editor models.Account // one with few domains, so that no quota is in the way
	served *nameserver.Zone
}

func newLarge(b *testing.B, domains int) *large {
	b.Helper()
	url, clock := testkit.DatabaseURL(b), testkit.NewClock()
	l := &large{}
	store := testkit.OpenStore(b, url, clock)
	l.editor = testkit.Account(b, store, "editor@example.test")
	fillDomains(b, url, testkit.Account(b, store, "a@example.test").ID, domains)
	l.ZoneKeeper = &jobs.ZoneKeeper{
		Store: store, Zone: zone, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Content: nameserver.Config{Origin: zone.Name, NS: []nameserver.Host{{Name: "ns1." + zone.Name}}, ReportDomain: zone.ReportDomain},
		Serve:   func(z *nameserver.Zone) { l.served = z },
	}
	return l
}

// fillDomains goes past the store, which takes its time for each.
func fillDomains(b *testing.B, url, account string, n int) {
	b.Helper()
	driver, source := "pgx", url
	series, id, token, secret := "generate_series(1, %d) AS n(i)", "lpad(i::text, 36, '0')", "lpad((i * 7919 %% 1000003)::text, 12, '0')", "decode(lpad(to_hex(i), 16, '0'), 'hex')"
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite3", path
		series = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n)"
		id, token, secret = "printf('%%036d', i)", "printf('%%012d', i * 7919 %% 1000003)", "CAST(printf('%%016d', i) AS BLOB)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	statement := fmt.Sprintf("INSERT INTO domains (id, account_id, name, token, secret_generation, secret_hash, state, created_at, state_since, next_check_at) SELECT "+
		id+", '"+account+"', 'customer' || i || '.example', "+token+", 0, "+secret+", 'pending', '2026-01-01', '2026-01-01', '2026-01-01' FROM "+series, n)
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkZoneStart is what a node with many domains takes to serve all of
// them from the database.
//
//	go test -run '^$' -bench ZoneStart -benchtime 1x ./jobs
func BenchmarkZoneStart(b *testing.B) {
	for _, domains := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(domains), func(b *testing.B) {
			l := newLarge(b, domains)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for b.Loop() {
				if err := l.Load(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			if l.served.Len() != domains {
				b.Fatalf("%d entries", l.served.Len())
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.Sys-before.Sys)/float64(domains), "B-from-system/name")
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(domains), "B-held/name")
			runtime.KeepAlive(l)
		})
	}
}

// BenchmarkZoneEdit is the time from the commit of a change until the node that
// made it answers by it, in a zone of 100 000 names.
//
//	go test -run '^$' -bench ZoneEdit -benchtime 200x ./jobs
func BenchmarkZoneEdit(b *testing.B) {
	l := newLarge(b, 100_000)
	if err := l.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	var spent, longest time.Duration
	edits := 0
	for ; b.Loop(); edits++ {
		edit := l.Store.RemoveDomain
		if edits%2 == 0 {
			edit = func(ctx context.Context, account, name string) error {
				_, err := l.Store.AddDomain(ctx, account, name)
				return err
			}
		}
		if err := edit(b.Context(), l.editor.ID, "one.example"); err != nil {
			b.Fatal(err)
		}
		serial, began := l.served.Serial(), time.Now()
		if err := l.Refresh(b.Context()); err != nil || l.served.Serial() == serial {
			b.Fatal(l.served.Serial(), err)
		}
		spent += time.Since(began)
		longest = max(longest, time.Since(began))
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(edits), "µs/visible")
	b.ReportMetric(float64(longest.Microseconds()), "µs-longest")
}
