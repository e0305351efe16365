package demo

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

var names = hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}

// end is a Wednesday, so that the uploads of a Monday are in.
var end = time.Date(2026, 6, 17, 13, 30, 0, 0, time.UTC)

// filled is a small world in a real database.
type filled struct {
	store   *models.Store
	account string
	books   *ledger
	clock   *Clock
}

const fewDays = 11

func fillWorld(t *testing.T) *filled {
	t.Helper()
	f := &filled{clock: &Clock{}}
	var err error
	f.store, err = models.Open(t.Context(), testkit.DatabaseURL(t), models.Options{
		Now: f.clock.Now, Random: rand.Reader, SecretKey: []byte("a key of the tests, 32 bytes long"), Quotas: models.Quotas{Domains: 50, PendingDomains: 50},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.store.Close() })
	service := listen(t, f.clock)
	last := 0
	f.books, err = fill(t.Context(), Options{
		Store: f.store, Clock: f.clock, DNS: service, Zone: names, Email: "demo@sealpost.test", PasswordHash: "none", Days: fewDays, End: end,
		Limits: tlsrpt.DefaultLimits(), RawKept: 90 * day, RowsKept: 400 * day, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Progress: func(done, all int) {
			if all != fewDays || done < last || done > all {
				t.Errorf("progress %d of %d after %d", done, all, last)
			}
			last = done
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != fewDays {
		t.Errorf("progress ended at %d of %d", last, fewDays)
	}
	user, err := f.store.UserByEmail(t.Context(), "demo@sealpost.test")
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := f.store.AccountsOf(t.Context(), user.ID)
	if err != nil || len(accounts) != 1 {
		t.Fatalf("accounts %v, %v", accounts, err)
	}
	f.account = accounts[0].ID
	return f
}

func listen(t *testing.T, clock *Clock) *DNS {
	t.Helper()
	service, err := ListenDNS(clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	return service
}

func (f *filled) domain(t *testing.T, name string) models.Domain {
	t.Helper()
	d, err := f.store.Domain(t.Context(), f.account, name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// TestFill fills once; its parts look at different sides of the result.
func TestFill(t *testing.T) {
	t.Parallel()
	f := fillWorld(t)
	for name, part := range map[string]func(*testing.T){
		"states": f.states, "counts": f.counts, "verdicts": f.verdicts, "events": f.events,
		"trust": f.trust, "times": f.times, "stories": f.stories, "quarantine": f.quarantine,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); part(t) })
	}
}

func (f *filled) states(t *testing.T) {
	got := map[models.DeliveryState]int{}
	for _, state := range []models.DeliveryState{models.DeliveryPending, models.DeliveryCounted, models.DeliveryUnverified, models.DeliveryDuplicate, models.DeliveryQuarantined, models.DeliverySelfTest} {
		n, err := f.store.CountDeliveries(t.Context(), f.account, state)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			got[state] = int(n)
		}
	}
	if diff := cmp.Diff(f.books.states, got); diff != "" {
		t.Errorf("deliveries, intended and found:\n%s", diff)
	}
	for _, state := range []models.DeliveryState{models.DeliveryCounted, models.DeliveryUnverified, models.DeliveryDuplicate, models.DeliveryQuarantined} {
		if got[state] == 0 {
			t.Errorf("no delivery is %s", state)
		}
	}
	if f.clock.at.Load() != nil {
		t.Error("the clock is not free again")
	}
}

// counts compares the trend of every domain with what the generator meant.
func (f *filled) counts(t *testing.T) {
	span := models.Span{From: models.DayOf(end) - Days, To: models.DayOf(end)}
	for _, member := range cast() {
		var got map[models.Day]tally
		for day, sessions := range testkit.Sessions(t, f.store, f.domain(t, member.name), span) {
			if got == nil {
				got = map[models.Day]tally{}
			}
			got[day] = tally{sessions[0], sessions[1]}
		}
		if diff := cmp.Diff(f.books.counts[member.name], got, cmp.AllowUnexported(tally{})); diff != "" {
			t.Errorf("%s, sessions by day, intended and found:\n%s", member.name, diff)
		}
		if (got == nil) != (member.setup == appended || member.setup == unpublished) {
			t.Errorf("%s has counts of %d days", member.name, len(got))
		}
	}
	if n := len(f.books.counts["garden.test"]); n != 1 {
		t.Errorf("garden.test has %d days, want 1", n)
	}
}

func (f *filled) verdicts(t *testing.T) {
	for _, c := range []struct{ name, state, verdict, finding string }{
		{"example.com", "active", "pass", "D1"},
		{"example.org", "active", "pass", "D1"},
		{"lists.example.org", "active", "pass", "D1"},
		{"garden.test", "active", "pass", "D1"},
		{"harbour.example", "active", "fail", "D5"},
		{"clinic.example", "pending", "warn", "D21"},
		{"studio.test", "pending", "fail", "D6"},
		{"launch.example", "pending", "pending", "D5"},
	} {
		d := f.domain(t, c.name)
		if string(d.State) != c.state || d.Verdict != c.verdict || len(d.Findings) == 0 || d.Findings[0].ID != c.finding {
			t.Errorf("%s is %s, %s, %v; want %s, %s, %s", c.name, d.State, d.Verdict, d.Findings, c.state, c.verdict, c.finding)
		}
		if d.State == models.Active && (d.VerifiedAt == nil || d.VerifiedAt.Sub(d.CreatedAt) < published || d.VerifiedAt.Sub(d.CreatedAt) > published+time.Hour) {
			t.Errorf("%s is registered at %v and verified at %v", c.name, d.CreatedAt, d.VerifiedAt)
		}
		if d.NextCheckAt.After(end) {
			t.Errorf("%s is not due at the end, but at %v", c.name, d.NextCheckAt)
		}
	}
	if d := f.domain(t, "launch.example"); end.Sub(d.CreatedAt) != 3*time.Hour {
		t.Errorf("launch.example is registered at %v", d.CreatedAt)
	}
}

func (f *filled) events(t *testing.T) {
	events, err := f.store.DomainEvents(t.Context(), f.domain(t, "harbour.example"), end.Add(-3*day), end)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 || events[0].Kind != models.EventRecord || events[1].Detail != "pass → fail" || end.Sub(events[0].At) < 12*time.Hour {
		t.Errorf("harbour.example lost its record two days ago; its events are %v", events)
	}
}

func (f *filled) trust(t *testing.T) {
	found := map[models.Trust]int{}
	for _, name := range []string{"example.com", "lists.example.org", "clinic.example"} {
		reports, _, err := f.store.Reports(t.Context(), f.domain(t, name), models.ReportFilter{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range reports {
			found[r.Trust]++
			if (r.Trust == models.Uploaded) != (name == "clinic.example") {
				t.Errorf("%s: a report of %s is %s", name, r.Reporter, r.Trust)
			}
		}
	}
	for _, trust := range []models.Trust{models.Verified, models.Posted, models.Uploaded, models.Unverified} {
		if found[trust] == 0 {
			t.Errorf("no report is %s", trust)
		}
	}
	fresh, err := f.store.NewReporters(t.Context(), f.account, end.Add(-5*day), 10)
	if err != nil || len(fresh) != 1 || fresh[0].Identity != cooperative {
		t.Errorf("new this week: %v, %v", fresh, err)
	}
}

// times: a report comes after its day, in no group, and not from the future.
func (f *filled) times(t *testing.T) {
	deliveries, _, err := f.store.Deliveries(t.Context(), f.account, models.DeliveryFilter{Limit: 10_000})
	if err != nil || len(deliveries) == 0 {
		t.Fatalf("%d deliveries, %v", len(deliveries), err)
	}
	for _, d := range deliveries {
		if d.JudgedAt != nil && d.JudgedAt.Before(d.ReceivedAt) {
			t.Errorf("received at %s, and read at %s already", d.ReceivedAt, d.JudgedAt)
			break
		}
	}
	reports, _, err := f.store.Reports(t.Context(), f.domain(t, "example.com"), models.ReportFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var moments []time.Time
	for _, r := range reports {
		if r.ReceivedAt.Before(r.EndAt.Add(9*time.Minute)) || r.ReceivedAt.After(end) {
			t.Errorf("the report of %s about %s came at %v", r.Reporter, r.Day, r.ReceivedAt)
		}
		if r.Reporter == google && r.Trust == models.Verified && (r.ReceivedAt.Hour() < 10 || r.ReceivedAt.Hour() > 16) {
			t.Errorf("Google's report about %s came at %v", r.Day, r.ReceivedAt)
		}
		moments = append(moments, r.ReceivedAt)
	}
	slices.SortFunc(moments, time.Time.Compare)
	if n := len(slices.Compact(slices.Clone(moments))); n < len(moments)*9/10 {
		t.Errorf("%d reports came at %d moments", len(moments), n)
	}
}

func (f *filled) stories(t *testing.T) {
	if what, since, reporters := f.largestFailure(t, "example.com"); what != "certificate-expired at mx2.example.com" || since != models.DayOf(end)-9 || reporters < 6 {
		t.Errorf("the certificate of mx2.example.com expired nine days ago; the largest failure is %s, since %s, of %d reporters", what, since.Time(), reporters)
	}
	if what, _, reporters := f.largestFailure(t, "university.test"); !strings.HasPrefix(what, "starttls-not-supported at ") || reporters != 1 {
		t.Errorf("university.test: %s, of %d reporters", what, reporters)
	}
	if sum := f.books.counts["bakery.example"]; len(sum) == 0 || len(sum) >= fewDays {
		t.Errorf("bakery.example has %d days with reports, want some without", len(sum))
	}
}

// largestFailure is the result type and MX with most sessions, for whatever
// reasons, of the newest days.
func (f *filled) largestFailure(t *testing.T, domain string) (what string, since models.Day, reporters int) {
	t.Helper()
	span := models.Span{From: models.DayOf(end) - fewDays, To: models.DayOf(end)}
	l, err := f.store.Ledger(t.Context(), f.domain(t, domain), span)
	if err != nil {
		t.Fatal(err)
	}
	sessions, first, by := map[string]int64{}, map[string]models.Day{}, map[string]map[string]bool{}
	for _, p := range l.ProblemParts(int32(span.From), int32(span.To)) {
		key := p.ResultType + " at " + p.MX
		if by[key] == nil {
			by[key], first[key] = map[string]bool{}, models.Day(p.First)
		}
		sessions[key] += p.Sessions
		first[key] = min(first[key], models.Day(p.First))
		for _, r := range p.ByReporter {
			by[key][r.Name] = true
		}
		if sessions[key] > sessions[what] {
			what = key
		}
	}
	return what, first[what], len(by[what])
}

func (f *filled) quarantine(t *testing.T) {
	list, _, err := f.store.Deliveries(t.Context(), f.account, models.DeliveryFilter{State: models.DeliveryQuarantined, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]bool{}
	for _, d := range list {
		reasons[d.Reason] = true
	}
	for _, reason := range []string{"not-a-report", "foreign-domain", "malformed"} {
		if !reasons[reason] {
			t.Errorf("nothing is quarantined as %s; there is %v", reason, reasons)
		}
	}
}

// TestFillStops: a fill that is cancelled ends at once and frees the clock.
func TestFillStops(t *testing.T) {
	t.Parallel()
	clock := &Clock{}
	store, err := models.Open(t.Context(), testkit.DatabaseURL(t), models.Options{
		Now: clock.Now, Random: rand.Reader, SecretKey: []byte("a key of the tests, 32 bytes long"), Quotas: models.Quotas{Domains: 50, PendingDomains: 50},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Fill(ctx, Options{
		Store: store, Clock: clock, DNS: listen(t, clock), Zone: names, Email: "demo@sealpost.test", Days: Days, End: end,
		Limits: tlsrpt.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Progress: func(int, int) { cancel() },
	})
	if err == nil || clock.at.Load() != nil {
		t.Errorf("got %v, and the clock shows %v", err, clock.Now())
	}
}
