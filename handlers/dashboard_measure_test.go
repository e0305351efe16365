package handlers_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sealpost/sealpost/models"
)

// measureEnv says how many domains bench/dashboard measures with.
const measureEnv = "DASHBOARD_DOMAINS"

// TestMeasureDashboard is the engine of bench/dashboard: it fills the daily
// tables, lets the store build the ledgers, and asks for the pages in turn with
// a static answer of the same size from the same process. It asserts nothing.
func TestMeasureDashboard(t *testing.T) {
	t.Parallel()
	n, err := strconv.Atoi(os.Getenv(measureEnv))
	if err != nil {
		t.Skipf("bench/dashboard sets %s", measureEnv)
	}
	w := newWorld(t)
	p := w.person("a@example.test")
	w.fillDashboard(t, p, n)
	paths := []string{"/domains/d%d.example?days=30", "/domains/d%d.example?days=365", "/domains/d%d.example?days=365&mx=mx1.example", "/domains/d%d.example/failures?days=30", "/overview", "/domains?sort=failed"}
	static := map[string][]byte{}
	for _, path := range paths {
		static[path] = []byte(w.get(at(path, 0), p).body)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if body, ok := static[r.URL.Query().Get("static")]; ok {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.Copy(rw, bytes.NewReader(body))
			return
		}
		w.handler.ServeHTTP(rw, r)
	}))
	defer server.Close()
	const rounds = 200
	for _, path := range paths {
		var ours, theirs, health []time.Duration
		for range rounds {
			ours = append(ours, timed(t, server, at(path, rand.IntN(n)), p))
			theirs = append(theirs, timed(t, server, "/?static="+path, p))
			health = append(health, timed(t, server, "/healthz", p))
		}
		fmt.Printf("%5d domains  %-44s %6d B  p50 %8s p99 %8s   static p50 %8s p99 %8s   healthz p50 %8s   ratio to static %.1f, to healthz %.1f\n", n, path, len(static[path]),
			quantile(ours, 50), quantile(ours, 99), quantile(theirs, 50), quantile(theirs, 99), quantile(health, 50),
			ratio(ours, theirs), ratio(ours, health))
	}
}

func at(path string, i int) string {
	if bytes.Contains([]byte(path), []byte("%d")) {
		return fmt.Sprintf(path, i)
	}
	return path
}

func timed(t *testing.T, server *httptest.Server, path string, p *person) time.Duration {
	t.Helper()
	r := request(http.MethodGet, path, p, nil)
	r.RequestURI = ""
	u, err := r.URL.Parse(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = u
	start := time.Now()
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
	}
	return time.Since(start)
}

func quantile(d []time.Duration, percent int) time.Duration {
	sorted := slices.SortedFunc(slices.Values(d), func(a, b time.Duration) int { return cmp.Compare(a, b) })
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(10 * time.Microsecond)
}

func ratio(a, b []time.Duration) float64 { return float64(quantile(a, 50)) / float64(quantile(b, 50)) }

// fillDashboard writes a year of ten reporters about n domains.
func (w *world) fillDashboard(t *testing.T, p *person, n int) {
	t.Helper()
	db := w.db()
	ctx := context.Background()
	today := int(models.DayOf(w.clock.Now()))
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	const series = "WITH RECURSIVE d(day) AS (SELECT ? UNION ALL SELECT day + 1 FROM d WHERE day < ?), r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < 9)"
	for i := range n {
		id := fmt.Sprintf("%032d", i)
		exec(`INSERT INTO domains (id, account_id, name, token, secret_generation, secret_hash, state, created_at, state_since, next_check_at)
			VALUES (?, ?, ?, ?, 1, ?, 'active', ?, ?, ?)`, id, p.account.ID, fmt.Sprintf("d%d.example", i), id, []byte(id), w.clock.Now(), w.clock.Now(), w.clock.Now())
		exec(series+` INSERT INTO daily_totals SELECT ?, day, 'reporter' || i || '.example', ?, 1000 + day % 97 * 10, (day + i) % 4, 1, false FROM d, r`, today-364, today, id, p.account.ID)
		exec(series+` INSERT INTO daily_policies SELECT ?, day, 'reporter' || i || '.example', 'sts', 'enforce', 1000 + day % 97 * 10, (day + i) % 4 FROM d, r`, today-364, today, id)
		exec(series+` INSERT INTO daily_failures SELECT ?, day, 'reporter' || i || '.example', 'certificate-expired', 'mx' || day % 3 || '.example', '192.0.2.0/24', (day + i) % 4 FROM d, r WHERE (day + i) % 4 > 0`, today-364, today, id)
		exec("INSERT INTO ledger_rebuilds (domain_id) VALUES (?)", id)
	}
	exec(`INSERT INTO account_days SELECT account_id, day, SUM(successful), SUM(failed), SUM(reports) FROM daily_totals GROUP BY account_id, day`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := w.store.RebuildLedgers(ctx); err != nil {
		t.Fatal(err)
	}
}
