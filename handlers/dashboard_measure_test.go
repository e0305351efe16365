package handlers_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/collector"
	"github.com/sealpost/sealpost/models"
)

// The settings of bench/dashboard: the folder of the filled databases, and the
// numbers of domains to fill or measure them with.
const (
	dashboardDataEnv    = "DASHBOARD_DATA"
	dashboardDomainsEnv = "DASHBOARD_DOMAINS"
)

// dashboards gives the databases that bench/dashboard is about, by their
// numbers of domains.
func dashboards(t *testing.T) (urls []string, domains []int) {
	t.Helper()
	dir := os.Getenv(dashboardDataEnv)
	if dir == "" {
		t.Skipf("bench/dashboard sets %s", dashboardDataEnv)
	}
	for _, text := range strings.Fields(os.Getenv(dashboardDomainsEnv)) {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		urls, domains = append(urls, "sqlite:"+filepath.Join(dir, text+".db")), append(domains, n)
	}
	return urls, domains
}

// TestFillDashboard fills the daily tables of the databases of bench/dashboard
// and lets the store build the ledgers. One that is there already is left alone.
func TestFillDashboard(t *testing.T) {
	t.Parallel()
	urls, domains := dashboards(t)
	for i, url := range urls {
		path := strings.TrimPrefix(url, "sqlite:")
		if _, err := os.Stat(path); err == nil {
			continue
		}
		began := time.Now()
		w := newWorldAt(t, "sqlite:"+path+".part")
		w.fillDashboard(t, w.person("a@example.test"), domains[i], 365)
		w.store.Close()
		if err := os.Rename(path+".part", path); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%5d domains filled in %s\n", domains[i], time.Since(began).Round(time.Second))
	}
}

// dashboardPaths are the pages that are measured; %d is any domain.
var dashboardPaths = []string{
	"/domains/d%d.example?days=30", "/domains/d%d.example?days=365", "/domains/d%d.example?days=365&mx=mx1.example",
	"/domains/d%d.example/failures?days=30", "/overview", "/overview?days=365", "/failures?days=30",
	"/domains", "/domains?sort=failed", "/domains?sort=sessions&page=2", "/domains?q=d1",
}

// TestMeasureDashboard is the engine of bench/dashboard: it asks for each page
// in turn at each number of domains, together with a static answer of the same
// size and /healthz from the same process. It asserts nothing. Garbage is
// collected as seldom as in the program, or the tails would be the collector's.
func TestMeasureDashboard(t *testing.T) {
	t.Parallel()
	urls, domains := dashboards(t)
	defer collector.Spare()()
	var sites []*measuredSite
	for i, url := range urls {
		sites = append(sites, newMeasuredSite(t, url, domains[i]))
	}
	rounds := 150
	if n, err := strconv.Atoi(os.Getenv("DASHBOARD_ROUNDS")); err == nil {
		rounds = n
	}
	for _, path := range dashboardPaths {
		for range rounds {
			for _, s := range sites {
				s.ask(t, path)
			}
		}
		for _, s := range sites {
			s.tell(path)
		}
	}
	for _, s := range sites {
		for _, path := range []string{"/domains/d%d.example?days=30", "/domains/d%d.example?days=365", "/overview"} {
			s.tellRate(t, path)
		}
	}
}

// measuringClients ask at once where answers a second are measured.
const measuringClients = 8

// tellRate prints how many answers a second eight clients get, of a page and of
// /healthz in turn: the medians of three rounds, without compression.
func (s *measuredSite) tellRate(t *testing.T, path string) {
	rate := func(path string) float64 {
		var answers atomic.Int64
		var wait sync.WaitGroup
		until := time.Now().Add(time.Second)
		for range measuringClients {
			wait.Go(func() {
				for time.Now().Before(until) {
					if _, err := s.answer(at(path, rand.IntN(s.domains))); err != nil {
						t.Error(err)
						return
					}
					answers.Add(1)
				}
			})
		}
		wait.Wait()
		return float64(answers.Load())
	}
	var pages, health []float64
	for range 3 {
		pages, health = append(pages, rate(path)), append(health, rate("/healthz"))
	}
	slices.Sort(pages)
	slices.Sort(health)
	fmt.Printf("%5d domains  %-44s %6.0f answers a second, /healthz %6.0f: %.3f\n", s.domains, path, pages[1], health[1], pages[1]/health[1])
}

// measuredSite is a site with what its answers took, which begin anew with
// each page.
type measuredSite struct {
	domains                     int
	world                       *world
	person                      *person
	server                      *httptest.Server
	static                      map[string][]byte
	ours, packed, still, health []time.Duration
}

func newMeasuredSite(t *testing.T, url string, n int) *measuredSite {
	t.Helper()
	w := newWorldAt(t, url)
	s := &measuredSite{domains: n, world: w, person: w.firstPerson(), static: map[string][]byte{}}
	for _, path := range dashboardPaths {
		s.static[path] = []byte(w.get(at(path, 0), s.person).body)
	}
	s.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if body, ok := s.static[r.Header.Get("X-Static")]; ok {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = rw.Write(body)
			return
		}
		w.handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(s.server.Close)
	s.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = measuringClients
	return s
}

// firstPerson logs in who signed up first.
func (w *world) firstPerson() *person {
	w.t.Helper()
	p := &person{}
	if err := w.query("SELECT user_id, account_id FROM memberships LIMIT 1").Scan(&p.user.ID, &p.account.ID); err != nil {
		w.t.Fatal(err)
	}
	p.cookie = w.session(p.user, p.account)
	return p
}

func (s *measuredSite) ask(t *testing.T, path string) {
	t.Helper()
	page := at(path, rand.IntN(s.domains))
	s.ours = append(s.ours, s.timed(t, page))
	s.still = append(s.still, s.timed(t, "/", "X-Static", path))
	s.health = append(s.health, s.timed(t, "/healthz"))
	s.packed = append(s.packed, s.timed(t, page, "Accept-Encoding", "gzip"))
}

func (s *measuredSite) tell(path string) {
	fmt.Printf("%5d domains  %-44s %6d B  p50 %8s p99 %8s   static p50 %8s p99 %8s   healthz p50 %8s p99 %8s   gzip p50 %8s p99 %8s   to static %.1f %.1f, to healthz %.1f %.1f\n",
		s.domains, path, len(s.static[path]), quantile(s.ours, 50), quantile(s.ours, 99), quantile(s.still, 50), quantile(s.still, 99),
		quantile(s.health, 50), quantile(s.health, 99), quantile(s.packed, 50), quantile(s.packed, 99),
		ratio(s.ours, s.still, 50), ratio(s.ours, s.still, 99), ratio(s.ours, s.health, 50), ratio(s.ours, s.health, 99))
	s.ours, s.still, s.health, s.packed = nil, nil, nil, nil
}

func at(path string, i int) string {
	if strings.Contains(path, "%d") {
		return fmt.Sprintf(path, i)
	}
	return path
}

// timed is answer for the goroutine of the test.
func (s *measuredSite) timed(t *testing.T, path string, header ...string) time.Duration {
	t.Helper()
	took, err := s.answer(path, header...)
	if err != nil {
		t.Fatal(err)
	}
	return took
}

// answer is how long an answer takes until its last byte. It is asked for as it
// is, not compressed, unless a header says otherwise.
func (s *measuredSite) answer(path string, header ...string) (time.Duration, error) {
	r := request(http.MethodGet, path, s.person, nil)
	r.RequestURI = ""
	u, err := r.URL.Parse(s.server.URL + path)
	if err != nil {
		return 0, err
	}
	r.URL = u
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	start := time.Now()
	res, err := s.server.Client().Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s is answered %d", path, res.StatusCode)
	}
	return time.Since(start), err
}

func quantile(d []time.Duration, percent int) time.Duration {
	return exactQuantile(d, percent).Round(10 * time.Microsecond)
}

func exactQuantile(d []time.Duration, percent int) time.Duration {
	sorted := slices.SortedFunc(slices.Values(d), func(a, b time.Duration) int { return cmp.Compare(a, b) })
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func ratio(a, b []time.Duration, percent int) float64 {
	return float64(quantile(a, percent)) / float64(quantile(b, percent))
}

// fillDashboard writes some days of ten reporters about n domains. SQLite.
func (w *world) fillDashboard(t testing.TB, p *person, n, days int) {
	t.Helper()
	db := w.db()
	defer db.Close() // the file is whole when nobody has it open
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
		exec(series+` INSERT INTO daily_totals SELECT ?, day, 'reporter' || i || '.example', ?, 1000 + day % 97 * 10, (day + i) % 4, 1, false FROM d, r`, today-days+1, today, id, p.account.ID)
		exec(series+` INSERT INTO daily_policies SELECT ?, day, 'reporter' || i || '.example', 'sts', 'enforce', 1000 + day % 97 * 10, (day + i) % 4 FROM d, r`, today-days+1, today, id)
		exec(series+` INSERT INTO daily_failures SELECT ?, day, 'reporter' || i || '.example', 'certificate-expired', 'mx' || day % 3 || '.example', '192.0.2.0/24', (day + i) % 4, '' FROM d, r WHERE (day + i) % 4 > 0`, today-days+1, today, id)
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
