package hosted_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/hosted"
	"pgregory.net/rapid"
)

var zone = hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}

const token = "k7m2q9x4w1ab"

func TestNamesOfADomain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, got, want string }{
		{"owner", hosted.Owner("example.com"), "_smtp._tls.example.com"},
		{"target", zone.Target("example.com", token), "example.com._smtp._tls.k7m2q9x4w1ab.tls.sealpost.test"},
		{"address", zone.Address(token), "k7m2q9x4w1ab@rpt.tls.sealpost.test"},
		{"record", zone.Record(token), "v=TLSRPTv1; rua=mailto:k7m2q9x4w1ab@rpt.tls.sealpost.test"},
		{"url", hosted.ReportURL("https://x.test/", "s"), "https://x.test/v1/tlsrpt/s"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, domain string
		ok           bool
	}{
		{"example.com._smtp._tls.k7m2q9x4w1ab.tls.sealpost.test", "example.com", true},
		{"Example.COM._SMTP._tls.K7M2Q9X4W1AB.TLS.sealpost.test.", "example.com", true},
		{"a.b.c.example._smtp._tls.k7m2q9x4w1ab.tls.sealpost.test", "a.b.c.example", true},
		{"_smtp._tls.k7m2q9x4w1ab.tls.sealpost.test", "", false},
		{"example.com._smtp._tls.k7m2q9x4w1a.tls.sealpost.test", "", false},
		{"example.com._smtp._tls.k7m2q9x4w1al.tls.sealpost.test", "", false},
		{"example.com._tls._smtp.k7m2q9x4w1ab.tls.sealpost.test", "", false},
		{"example.com._smtp._tls.k7m2q9x4w1ab.tls.sealpost.example", "", false},
		{"tls.sealpost.test", "", false},
		{"x.tls.sealpost.test", "", false},
		{"", "", false},
	} {
		domain, got, ok := zone.ParseTarget(c.name)
		if ok != c.ok || domain != c.domain || (ok && got != token) {
			t.Errorf("ParseTarget(%q) = %q, %q, %v", c.name, domain, got, ok)
		}
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string
		ok      bool
	}{
		{"k7m2q9x4w1ab@rpt.tls.sealpost.test", true},
		{"K7M2Q9X4W1AB@RPT.tls.sealpost.test.", true},
		{"k7m2q9x4w1ab+x@rpt.tls.sealpost.test", false},
		{"k7m2q9x4w1ab%x@rpt.tls.sealpost.test", false},
		{"\"k7m2q9x4w1ab\"@rpt.tls.sealpost.test", false},
		{"k7m2q9x4w1ab@tls.sealpost.test", false},
		{"k7m2q9x4w1ab@rpt.tls.sealpost.test@x", false},
		{"k7m2q9x4w1ab", false},
		{"@rpt.tls.sealpost.test", false},
	} {
		got, ok := zone.ParseAddress(c.address)
		if ok != c.ok || (ok && got != token) {
			t.Errorf("ParseAddress(%q) = %q, %v, want ok %v", c.address, got, ok, c.ok)
		}
	}
}

func TestTargetIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		domain := rapid.StringMatching(`[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){1,4}`).Draw(t, "domain")
		drawn, err := hosted.NewToken(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		gotDomain, gotToken, ok := zone.ParseTarget(zone.Target(domain, drawn))
		if !ok || gotDomain != domain || gotToken != drawn {
			t.Fatalf("%q %q: got %q %q %v", domain, drawn, gotDomain, gotToken, ok)
		}
		if got, ok := zone.ParseAddress(zone.Address(drawn)); !ok || got != drawn {
			t.Fatalf("address of %q: got %q %v", drawn, got, ok)
		}
	})
}

func TestFits(t *testing.T) {
	t.Parallel()
	overhead := len(zone.Target("", token))
	label := strings.Repeat("a", 61) + "."
	longest := strings.Repeat(label, 4)[:253-overhead-4] + ".com"
	if !zone.Fits(longest) {
		t.Errorf("a target of %d octets must fit", len(zone.Target(longest, token)))
	}
	if zone.Fits("x" + longest) {
		t.Errorf("a target of %d octets must not fit", len(zone.Target("x"+longest, token)))
	}
}

func TestNewTokenUsesEveryBitOnce(t *testing.T) {
	t.Parallel()
	got, err := hosted.NewToken(bytes.NewReader([]byte{0, 31, 32, 63, 64, 1, 2, 3, 4, 5, 6, 255}))
	if err != nil || got != "0z0z0123456z" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := hosted.NewToken(bytes.NewReader(nil)); err == nil {
		t.Error("a dry source of randomness must be an error")
	}
}

func TestReportSecretChangesWithEachPart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, c := range []struct {
		what, key, id string
		generation    int
	}{
		{"first", "key", "domain", 1},
		{"other key", "kez", "domain", 1},
		{"other domain", "key", "domaim", 1},
		{"renewed", "key", "domain", 2},
	} {
		secret := hosted.ReportSecret([]byte(c.key), c.id, c.generation)
		if !hosted.ValidSecret(secret) {
			t.Errorf("%s: %q has not the form of a secret", c.what, secret)
		}
		if other, ok := seen[secret]; ok {
			t.Errorf("%s has the secret of %s", c.what, other)
		}
		seen[secret] = c.what
	}
}
