package ingest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// corpus is what several senders send about one day: reports, revisions of
// them, the same by other ways, and copies that somebody else has signed.
func (w *world) corpus() []ingest.Delivery {
	w.t.Helper()
	google, evil := w.keys.ed25519(w.t, keyName, ""), w.keys.ed25519(w.t, "s._domainkey.evil.example", "")
	var all []ingest.Delivery
	for i := range 4 {
		r := aReport(policy(tlsrpt.PolicySTS, "example.com", int64(10+i), 1))
		r.ReportID = fmt.Sprint("id ", i)
		raw := w.json(r)
		packed, err := tlsrpt.Gzip(raw)
		w.must(err)
		revised := aReport(policy(tlsrpt.PolicySTS, "example.com", int64(20+i), 2))
		revised.ReportID = r.ReportID
		all = append(all,
			w.mail(w.sign(w.message("noreply@google.com", r), "google.com", google)),
			w.mail(w.sign(w.message("a@evil.example", r), "evil.example", evil)),
			w.mail(w.message("noreply@google.com", r)),
			w.post(raw), w.post(packed), w.upload(w.reordered(raw)),
			w.mail(w.sign(w.message("noreply@google.com", revised), "google.com", google)),
		)
	}
	return all
}

// reordered is the same JSON with the keys in another order and other blanks.
func (w *world) reordered(raw []byte) []byte {
	w.t.Helper()
	var v map[string]any
	w.must(json.Unmarshal(raw, &v))
	out, err := json.MarshalIndent(v, "", "   ") // keys by the alphabet
	w.must(err)
	return out
}

// standings is what counts in the end, as the rows and the daily numbers say it.
func (w *world) standings() []string {
	w.t.Helper()
	var out []string
	for _, r := range w.reports(w.domain) {
		out = append(out, fmt.Sprint(r.Reporter, " ", r.ReportID, " ", r.Trust, " ", r.Standing, " ", r.Successful, "/", r.Failed))
	}
	slices.Sort(out)
	s, f := w.sessions(w.domain)
	return append(out, fmt.Sprint("sessions ", s, "/", f))
}

// G37: duplicate, revised, replayed, out of order and by several ways at once,
// the same numbers come out in the end.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	t.Parallel()
	var want []string
	for seed := range uint64(6) {
		w := newWorld(t)
		all := w.corpus()
		if seed > 0 {
			all = slices.Concat(all, all, all)
			order := rand.New(rand.NewPCG(seed, 1))
			order.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		}
		half := len(all) / 2
		for _, d := range all[:half] {
			w.put(d)
		}
		w.must(w.in.ProcessPending(w.ctx))
		for _, d := range all[half:] {
			w.put(d)
		}
		var g errgroup.Group
		for i := range 3 {
			in := w.intake(fmt.Sprint("node", i))
			g.Go(func() error { return in.ProcessPending(w.ctx) })
		}
		w.must(g.Wait())
		got := w.standings()
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("order %d gives\n%q, want\n%q", seed, got, want)
		}
		if last := got[len(got)-1]; last != "sessions 86/8" {
			t.Errorf("order %d: %s", seed, last)
		}
	}
}

// A host that becomes known as the domain's mail server after the report came:
// its DANE results count from then on, with the proof of the receipt.
func TestDANEBeforeTheFirstCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.judge(w.mail(w.signed(aReport(policy(tlsrpt.PolicyTLSA, "mx.example.com", 9, 1)))))
	if d.State != models.DeliveryQuarantined || d.Reason != "foreign-domain" || !slices.Equal(d.AwaitedMX, []string{"mx.example.com"}) {
		t.Fatalf("before the check it is %s, %s, waiting for %v", d.State, d.Reason, d.AwaitedMX)
	}
	w.keys.breakDown(true) // what was proven at the receipt stays proven
	due, err := w.store.ClaimDueDomains(w.ctx, "check", 1, ingest.JudgeLease)
	w.must(err)
	w.must(w.store.SaveCheck(w.ctx, "check", due[0].Domain, models.Checked{
		At: w.clock.Now(), State: models.Pending, MXHosts: []string{"mx.example.com"}, NextCheckAt: w.clock.Now(),
	}))
	w.must(w.in.ProcessPending(w.ctx))
	if d = w.delivery(w.account.ID, d.ID); d.State != models.DeliveryCounted || d.DKIM != "pass" || len(d.AwaitedMX) != 0 {
		t.Errorf("after it, it is %s, %s %s", d.State, d.Reason, d.Detail)
	}
	if s, f := w.sessions(w.domain); s != 9 || f != 1 {
		t.Errorf("it counts %d/%d", s, f)
	}
}

// Ruling 10: a member's word counts a single delivery, and no other.
func TestAcceptedMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.judge(w.mail(w.message("noreply@google.com", aReport())))
	w.must(w.store.AcceptDelivery(w.ctx, w.account.ID, d.ID, "a@example.test"))
	w.must(w.in.ProcessPending(w.ctx))
	if d = w.delivery(w.account.ID, d.ID); d.State != models.DeliveryCounted {
		t.Errorf("accepted it is %s", d.State)
	}
	other := aReport()
	other.ReportID = "other"
	if got := w.judge(w.mail(w.message("noreply@google.com", other))); got.State != models.DeliveryUnverified {
		t.Errorf("the next is %s", got.State)
	}
	if s, f := w.sessions(w.domain); s != 9 || f != 1 {
		t.Errorf("they count %d/%d", s, f)
	}
	w.must(w.store.WithdrawDelivery(w.ctx, w.account.ID, d.ID, "a@example.test"))
	w.must(w.in.ProcessPending(w.ctx))
	if s, f := w.sessions(w.domain); s+f != 0 {
		t.Errorf("withdrawn it counts %d/%d", s, f)
	}
}
