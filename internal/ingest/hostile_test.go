package ingest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// Every hostile file of the reader, and the archives of the catalogue, on their
// way through the intake (reliability.md §8): each is kept with its bytes, put
// aside for its reason in one sentence, and moves no number; the next good one
// counts.
func TestHostileDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	victim := testkit.Domain(t, w.store, w.account, "ziel.example")
	type sent struct {
		what, reason string // "" where the reader takes it
		raw          []byte
		id           string
	}
	var all []sent
	files, err := filepath.Glob("../tlsrpt/testdata/hostile/*--*")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		w.must(err)
		reason, what, _ := strings.Cut(filepath.Base(file), "--")
		all = append(all, sent{what: what, reason: strings.TrimPrefix(reason, "ok"), raw: raw})
	}
	text := w.json(aReport(policy(tlsrpt.PolicySTS, "ziel.example", 9, 1)))
	packed := func(data []byte) []byte {
		gz, err := tlsrpt.Gzip(data)
		w.must(err)
		return gz
	}
	gz := packed(text)
	all = append(all,
		sent{what: "Z1 zeros", reason: "too-large", raw: packed(make([]byte, 70<<20))},
		sent{what: "Z2 five layers", reason: "too-deep", raw: packed(packed(packed(packed(gz))))},
		sent{what: "Z4 two reports", reason: "trailing-data", raw: append(bytes.Clone(gz), gz...)},
		sent{what: "Z5 one in two members", raw: append(packed(text[:50]), packed(text[50:])...)},
		sent{what: "Z6 padding", raw: append(bytes.Clone(gz), make([]byte, 99)...)},
		sent{what: "Z8 cut", reason: "malformed", raw: gz[:len(gz)/2]},
		sent{what: "Z10 empty members", reason: "too-many", raw: bytes.Repeat(packed(nil), 10_000)},
	)
	for i, s := range all {
		d := w.post(s.raw)
		d.DomainID = victim.ID
		all[i].id = w.put(d)
	}
	w.must(w.in.ProcessPending(w.ctx))
	for _, s := range all {
		d := w.delivery(w.account.ID, s.id)
		aside := d.State == models.DeliveryQuarantined
		switch {
		case s.reason == "" && aside && d.Reason != ingest.ReasonForeignDomain:
			t.Errorf("%s is put aside as %s: %s", s.what, d.Reason, d.Detail)
		case s.reason == "" && d.State == models.DeliveryPending:
			t.Errorf("%s still waits: %s", s.what, d.Detail)
		case s.reason != "" && (!aside || d.Reason != s.reason || d.Detail == "" || strings.ContainsAny(d.Detail, "\r\n\x00")):
			t.Errorf("%s is %s, %s: %q; want %s", s.what, d.State, d.Reason, d.Detail, s.reason)
		}
		if raw, err := ingest.Original(w.ctx, w.store, w.account.ID, s.id); err != nil || !bytes.Equal(raw, s.raw) {
			t.Errorf("%s: %d of %d bytes are kept, %v", s.what, len(raw), len(s.raw), err)
		}
		if reports, err := w.store.ReportsOfDelivery(w.ctx, w.account.ID, s.id); err != nil || aside && len(reports) > 0 {
			t.Errorf("%s is put aside with %d reports, %v", s.what, len(reports), err)
		}
	}
	if d := w.judge(w.mail(w.signed(aReport()))); d.State != models.DeliveryCounted {
		t.Errorf("the next good one is %s: %s", d.State, d.Detail)
	}
}

// M9: of two parts that hold the same report one counts. M13: 8-bit octets in a
// part that says 7bit are read.
func TestOddParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := aReport()
	r.Organization = "Zürich"
	part := strings.TrimSpace(string(w.json(r)))
	raw := bytes.Replace(w.message("noreply@google.com", r), []byte("--\r\n"),
		[]byte("\r\nContent-Type: application/tlsrpt+json\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"+part+"\r\n"), 1)
	key := w.keys.ed25519(t, keyName, "")
	d := w.judge(w.mail(w.sign(raw, "google.com", key)))
	if s, f := w.sessions(w.domain); d.State != models.DeliveryCounted || s != 9 || f != 1 {
		t.Errorf("it is %s: %s, and counts %d/%d", d.State, d.Detail, s, f)
	}
}

// M16: where the header and the report disagree the report is right (RFC 8460
// §5.6); what it says of somebody else's domain is not counted whatever the
// header says.
func TestHeadersThatContradict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header, report string
		state          models.DeliveryState
	}{
		{"other.example", "example.com", models.DeliveryCounted},
		{"example.com", "other.example", models.DeliveryQuarantined},
	} {
		w := newWorld(t)
		raw := w.message("noreply@google.com", aReport(policy(tlsrpt.PolicySTS, c.report, 9, 1)))
		name, field, _ := strings.Cut(fieldOf(string(raw), "TLS-Report-Domain"), ":")
		raw = bytes.Replace(raw, []byte(name+":"+field), []byte("TLS-Report-Domain: "+c.header+"\r\n"), 1)
		raw = bytes.Replace(raw, []byte("Report Domain: "+c.report), []byte("Report Domain: "+c.header), 1)
		if d := w.judge(w.mail(w.sign(raw, "google.com", w.keys.ed25519(t, keyName, "")))); d.State != c.state {
			t.Errorf("a report about %s with a header about %s is %s: %s", c.report, c.header, d.State, d.Detail)
		}
	}
}

// M21: a genuine report that somebody sends again days later is a duplicate.
func TestReplayByAThirdParty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.signed(aReport())
	w.judge(w.mail(raw))
	w.clock.Advance(5 * 24 * time.Hour)
	again := w.mail(append([]byte("Received: from thief.example by mx1\r\n"), raw...))
	again.EnvelopeFrom, again.RemoteAddr = "thief@thief.example", "203.0.113.9"
	d := w.judge(again)
	if s, f := w.sessions(w.domain); d.State != models.DeliveryDuplicate || s != 9 || f != 1 {
		t.Errorf("it is %s: %s, and the day counts %d/%d", d.State, d.Detail, s, f)
	}
}
