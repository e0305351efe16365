package models

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func openHere(t *testing.T) *Store {
	t.Helper()
	s, err := Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "x.db"), Options{Now: time.Now, Random: rand.Reader, SecretKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A list of keys that SQLite does not look up in an index makes every batch
// read whole tables, which no other test would notice.
func TestKeysAreLookedUpInIndexes(t *testing.T) {
	t.Parallel()
	s := openHere(t)
	two := []cell{{DomainID: "a", Day: 1, Reporter: "b"}, {DomainID: "a", Day: 2, Reporter: "b"}}
	cells, cellArgs := cellsIn(s.reading(), two)
	hashes, hashArgs := s.reading().keysIn([][]any{{"a", []byte("b")}, {"a", []byte("c")}})
	ids, idArgs := s.reading().keysIn([][]any{{"a"}, {"b"}})
	keyList := regexp.MustCompile(`VALUES|CONSTANT|subquery|^SCAN [kv]$`) // in the words of the releases
	queries := map[string][]any{
		"SELECT 1 FROM daily_totals WHERE (domain_id, day, reporter) IN " + cells: cellArgs,
		"DELETE FROM daily_failures WHERE (domain_id, day, reporter) IN " + cells: cellArgs,
		"SELECT 1 FROM reports WHERE (domain_id, content_hash) IN " + hashes:      hashArgs,
		"SELECT 1 FROM reports WHERE (domain_id, key_hash) IN " + hashes:          hashArgs,
		"SELECT 1 FROM deliveries WHERE id IN " + ids:                             idArgs,
	}
	for _, statement := range [][2]string{fillTotals, fillPolicies, fillFailures, readArrivals} {
		query, args := about(statement, two)
		queries[query] = args
	}
	for query, args := range queries {
		var plan []string
		err := s.within(s.write).each(context.Background(), "EXPLAIN QUERY PLAN "+query, args, func(scan func(...any) error) error {
			var id, parent, unused int
			var step string
			err := scan(&id, &parent, &unused, &step)
			plan = append(plan, step)
			return err
		})
		if err != nil {
			t.Fatal(query, err)
		}
		for _, step := range plan {
			scan := strings.HasPrefix(step, "SCAN") && !keyList.MatchString(step)
			if scan || strings.HasSuffix(step, "(domain_id=?)") {
				t.Errorf("%s: %s", query, step)
			}
		}
	}
}

// What is committed in the background waits for no disk; whatever comes after
// it does, or an accepted report could be lost.
func TestCommitsAreSyncedAfterBackgroundWork(t *testing.T) {
	t.Parallel()
	s, ctx := openHere(t), context.Background()
	synced := func() (level int) {
		if err := s.writePool.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
			t.Fatal(err)
		}
		return level
	}
	if _, err := s.ClaimPendingDeliveries(ctx, "here", 1, time.Minute); err != nil || synced() != 2 {
		t.Errorf("after a claim: %v, synchronous %d", err, synced())
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := s.ClaimPendingDeliveries(stopped, "here", 1, time.Minute); err == nil || synced() != 2 {
		t.Errorf("after a claim that failed: %v, synchronous %d", err, synced())
	}
}
