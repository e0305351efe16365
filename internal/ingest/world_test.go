package ingest_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

var zone = hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}

// start is midnight of the day that the test's reports are about.
var start = time.Date(2026, 6, 14, 0, 0, 0, 0, time.UTC)

// world is an intake with one account and one domain, and a DNS of DKIM keys.
type world struct {
	t       testing.TB
	ctx     context.Context
	clock   *testkit.Clock
	url     string
	store   *models.Store
	account models.Account
	domain  models.Domain
	in      *ingest.Ingest
	keys    *keys
	log     *bytes.Buffer // nil unless the test reads it
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), clock: testkit.NewClock(), url: testkit.DatabaseURL(t), keys: &keys{txt: map[string][]string{}}}
	w.store = testkit.OpenStore(t, w.url, w.clock)
	w.account = testkit.Account(t, w.store, "a@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "example.com")
	w.in = w.intake("node")
	return w
}

func (w *world) intake(holder string) *ingest.Ingest {
	return ingest.New(ingest.Config{
		Store: w.store, Zone: zone, LookupTXT: w.keys.lookup, Limits: tlsrpt.DefaultLimits(),
		Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), Holder: holder,
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// writing runs the writer of the intake until the test ends.
func (w *world) writing() {
	ctx, stop := context.WithCancel(w.ctx)
	var done sync.WaitGroup
	done.Go(func() { w.in.WriteLoop(ctx) })
	w.t.Cleanup(func() { stop(); done.Wait() })
}

// put stores a delivery as Accept would, without a running intake.
func (w *world) put(d ingest.Delivery) string {
	w.t.Helper()
	body, err := ingest.Compress(d.Raw)
	w.must(err)
	row := models.Delivery{ID: models.NewDeliveryID(), AccountID: d.AccountID, Via: d.Via, ReceivedAt: w.clock.Now(), Size: int64(len(d.Raw)), BodyHash: []byte("hash")}
	if d.DomainID != "" {
		row.DomainID = &d.DomainID
	}
	w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{{Delivery: row, Body: body}}))
	return row.ID
}

// judge stores a delivery, judges all that is due, and gives what became of it.
func (w *world) judge(d ingest.Delivery) models.Delivery {
	w.t.Helper()
	id := w.put(d)
	w.must(w.in.ProcessPending(w.ctx))
	return w.delivery(d.AccountID, id)
}

func (w *world) delivery(account, id string) models.Delivery {
	w.t.Helper()
	d, err := w.store.Delivery(w.ctx, account, id)
	w.must(err)
	return d
}

func (w *world) mail(raw []byte) ingest.Delivery {
	return ingest.Delivery{Via: models.ViaMail, AccountID: w.account.ID, DomainID: w.domain.ID, Raw: raw}
}

func (w *world) post(raw []byte) ingest.Delivery {
	return ingest.Delivery{Via: models.ViaPost, AccountID: w.account.ID, DomainID: w.domain.ID, Raw: raw}
}

func (w *world) upload(raw []byte) ingest.Delivery {
	return ingest.Delivery{Via: models.ViaUpload, AccountID: w.account.ID, Raw: raw}
}

// reports gives the reports of a domain in full.
func (w *world) reports(d models.Domain) []models.FullReport {
	w.t.Helper()
	list, _, err := w.store.Reports(w.ctx, d, models.ReportFilter{Limit: 100})
	w.must(err)
	var out []models.FullReport
	for _, r := range list {
		full, err := w.store.Report(w.ctx, d.AccountID, r.ID)
		w.must(err)
		out = append(out, full)
	}
	return out
}

// sessions are the counted sessions of a domain on the test's day.
func (w *world) sessions(d models.Domain) (successful, failed int64) {
	w.t.Helper()
	day := models.DayOf(start)
	on := testkit.Sessions(w.t, w.store, d, models.Span{From: day, To: day})[day]
	return on[0], on[1]
}

// policy is a policy result with its counts.
func policy(kind tlsrpt.PolicyType, domain string, successful, failed int64) tlsrpt.PolicyResult {
	return tlsrpt.PolicyResult{
		Type: kind, Domain: domain,
		Successful: tlsrpt.Count{N: successful, Stated: true}, Failed: tlsrpt.Count{N: failed, Stated: true},
	}
}

// aReport is a report of google.com with the given policies, or with one of
// the test's domain.
func aReport(policies ...tlsrpt.PolicyResult) *tlsrpt.Report {
	if len(policies) == 0 {
		policies = []tlsrpt.PolicyResult{policy(tlsrpt.PolicySTS, "example.com", 9, 1)}
	}
	return &tlsrpt.Report{
		Organization: "Google Inc.", ReportID: "2026-06-14T00:00:00Z_example.com", Contact: "smtp-tls-reporting@google.com",
		Start: start, End: start.AddDate(0, 0, 1), Policies: policies,
	}
}

func (w *world) json(r *tlsrpt.Report) []byte {
	w.t.Helper()
	b, err := r.Encode()
	w.must(err)
	return b
}

// message is a report mail without a signature.
func (w *world) message(from string, r *tlsrpt.Report) []byte {
	w.t.Helper()
	raw, err := tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: from, To: zone.Address(w.domain.Token), Submitter: "google.com", PolicyDomain: "example.com",
		Date: w.clock.Now(), MessageID: "1@google.com",
	}, r)
	w.must(err)
	return raw
}

// signed is a report mail of google.com as it usually comes.
func (w *world) signed(r *tlsrpt.Report) []byte {
	w.t.Helper()
	return w.sign(w.message("noreply@google.com", r), "google.com", w.keys.ed25519(w.t, "s._domainkey.google.com", ""))
}

func (w *world) sign(raw []byte, domain string, key crypto.Signer, change ...func(*dkim.SignOptions)) []byte {
	w.t.Helper()
	options := &dkim.SignOptions{
		Domain: domain, Selector: "s", Signer: key, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "To", "Subject", "Date", "Message-ID", "Content-Type"},
	}
	for _, c := range change {
		c(options)
	}
	var out bytes.Buffer
	w.must(dkim.Sign(&out, bytes.NewReader(raw), options))
	return out.Bytes()
}

// keys is a DNS that knows DKIM keys only.
type keys struct {
	mu     sync.Mutex
	txt    map[string][]string
	broken bool // it answers nothing at all
	asked  int
}

func (k *keys) lookup(_ context.Context, name string) ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	if k.broken {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	txt, ok := k.txt[strings.ToLower(name)]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return txt, nil
}

func (k *keys) set(name, record string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.txt[name] = []string{record}
}

func (k *keys) breakDown(broken bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = broken
}

// ed25519 publishes a new key with more tags, such as "s=tlsrpt; ".
func (k *keys) ed25519(t testing.TB, name, tags string) crypto.Signer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k.set(name, "v=DKIM1; k=ed25519; "+tags+"p="+base64.StdEncoding.EncodeToString(public))
	return private
}
