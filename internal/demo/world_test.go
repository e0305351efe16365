package demo

import (
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// generator is a world without a database.
func generator(days int) *world {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	w := newWorld(Options{Zone: names, Days: days, End: end}, key)
	for _, d := range w.domains {
		w.registered[d.name] = models.Domain{ID: d.name, Token: "0123456789ab"}
	}
	return w
}

func meant(t *testing.T, w *world, from, to int) *ledger {
	t.Helper()
	for ago := from; ago >= to; ago-- {
		parcels, err := w.about(ago)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parcels {
			w.books.note(p)
		}
	}
	return w.books
}

func TestSameEndSameCounts(t *testing.T) {
	t.Parallel()
	one, other := meant(t, generator(Days), 50, 42), meant(t, generator(Days), 50, 42)
	if diff := cmp.Diff(one, other, cmp.AllowUnexported(ledger{}, tally{})); diff != "" {
		t.Error(diff)
	}
	if len(one.keys) < 100 {
		t.Errorf("nine days have %d reports", len(one.keys))
	}
}

// TestCast holds the stories together: whatever a name stands for exists, and
// is there when the story happens.
func TestCast(t *testing.T) {
	t.Parallel()
	w := generator(Days)
	if len(w.domains) != 12 {
		t.Errorf("%d domains, want 12", len(w.domains))
	}
	for _, d := range w.domains {
		if name, err := domainname.Parse(d.name); err != nil || name != d.name {
			t.Errorf("%s: %v", d.name, err)
		}
		for _, r := range d.reporters {
			if !slices.ContainsFunc(w.reporters, func(x reporter) bool { return x.identity == r }) {
				t.Errorf("%s: %s is no reporter", d.name, r)
			}
		}
		for ago := range d.joined + 1 {
			sum := 0.0
			for _, m := range d.hosts(ago) {
				sum += m.share
			}
			if sum < 0.99 || sum > 1.01 {
				t.Errorf("%s, %d days ago: the shares of its MX add up to %v", d.name, ago, sum)
			}
		}
	}
	for _, s := range stories() {
		i := slices.IndexFunc(w.domains, func(d domain) bool { return d.name == s.domain })
		if i < 0 {
			t.Errorf("%s: no such domain", s.domain)
			continue
		}
		seen := int64(0)
		for ago := s.from; ago >= s.to; ago-- {
			for _, identity := range w.domains[i].reporters {
				sc := w.scene(s.domain, identity, ago)
				seen += s.hits(sc.domain, sc.reporter, ago, 1000, sc.rnd)
			}
		}
		if seen == 0 {
			t.Errorf("%s: nobody meets %s", s.domain, s.result)
		}
	}
}

// TestReportsAddUp: no policy of a report has more failures than sessions, and
// the sums are what the ledger is told.
func TestReportsAddUp(t *testing.T) {
	t.Parallel()
	w := generator(Days)
	for _, ago := range []int{3, 9, rollover, rollover - 1, 46, 92, 208} {
		for _, d := range w.domains {
			for _, identity := range d.reporters {
				s := w.scene(d.name, identity, ago)
				s.total = sessions(s.domain, s.reporter, s.day, ago, s.rnd)
				r, sum := s.report()
				if sum.successful < 0 || sum.successful+sum.failed != s.total {
					t.Errorf("%s by %s, %d days ago: %+v of %d sessions", d.name, identity, ago, sum, s.total)
				}
				if got := tlsrpt.Tally(r.Policies); got.Successful != sum.successful || got.Failed != sum.failed {
					t.Errorf("%s by %s, %d days ago: the report says %+v, the ledger %+v", d.name, identity, ago, got, sum)
				}
				for _, p := range r.Policies {
					if p.Successful.N < 0 || p.Failed.N < 0 {
						t.Errorf("%s by %s, %d days ago: %s has %d and %d sessions", d.name, identity, ago, p.Type, p.Successful.N, p.Failed.N)
					}
				}
			}
		}
	}
}

func TestMonday(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, want string }{
		{"2026-06-14T23:00:00Z", "2026-06-15"}, {"2026-06-15T03:00:00Z", "2026-06-22"}, {"2026-06-17T12:00:00Z", "2026-06-22"}, {"2026-06-20T12:00:00Z", "2026-06-22"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := monday(from); got.Format(time.DateOnly) != c.want || got.Hour() != 9 {
			t.Errorf("after %s: %v", c.from, got)
		}
	}
}

// TestTraffic: weekdays differ, business grows, and little mail leaves days empty.
func TestTraffic(t *testing.T) {
	t.Parallel()
	w := generator(Days)
	sum := func(name string, from, to int, on func(time.Weekday) bool) (n int64, empty int) {
		for ago := from; ago >= to; ago-- {
			s := w.scene(name, google, ago)
			if !on(s.day.Time().Weekday()) {
				continue
			}
			had := sessions(s.domain, s.reporter, s.day, ago, s.rnd)
			n += had
			if had == 0 {
				empty++
			}
		}
		return n, empty
	}
	tuesday := func(d time.Weekday) bool { return d == time.Tuesday }
	sunday := func(d time.Weekday) bool { return d == time.Sunday }
	any := func(time.Weekday) bool { return true }
	for _, c := range []struct {
		name   string
		busier bool // on Sundays
	}{{"example.com", false}, {"university.test", false}, {"shop.example", true}} {
		week, _ := sum(c.name, 70, 1, tuesday)
		weekend, _ := sum(c.name, 70, 1, sunday)
		if (weekend > week) != c.busier {
			t.Errorf("%s: %d sessions on Tuesdays, %d on Sundays", c.name, week, weekend)
		}
	}
	early, _ := sum("example.com", 399, 330, any)
	late, _ := sum("example.com", 70, 1, any)
	if late < early*5/4 {
		t.Errorf("example.com: %d sessions a year ago, %d now", early, late)
	}
	if n, empty := sum("bakery.example", 70, 1, any); n == 0 || empty < 20 || empty > 60 {
		t.Errorf("bakery.example: %d sessions, %d of 70 days without any", n, empty)
	}
}
