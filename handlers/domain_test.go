package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/models"
)

func TestDomainIsAdded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	for _, c := range []struct{ typed, want string }{
		{"example.com", "example.com"},
		{"Example.NET.", "example.net"},
		{" \texample.org\r\n", "example.org"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"faß.example", "xn--fa-hia.example"},
		{"ab--c.com", "ab--c.com"},
		{"someone.github.io", "someone.github.io"},
		{"mail.example.test", "mail.example.test"},
	} {
		got := w.post("/domains/new", p, "name", c.typed)
		if got.StatusCode != 303 || got.location() != "/domains/"+c.want+"/setup" {
			t.Errorf("%q: got %d to %s", c.typed, got.StatusCode, got.location())
			continue
		}
		d, err := w.store.Domain(context.Background(), p.account.ID, c.want)
		if err != nil {
			t.Fatal(err)
		}
		setup := w.get(got.location(), p)
		target := c.want + "._smtp._tls." + d.Token + ".tls.sealpost.test."
		for id, want := range map[string]string{"cname-host": "_smtp._tls", "cname-type": "CNAME", "cname-value": target} {
			if text := setup.find(t, id); text != want {
				t.Errorf("%s: %s is %q, want %q", c.want, id, text, want)
			}
		}
	}
	if w.zone != 8 {
		t.Errorf("the zone was told %d times", w.zone)
	}
}

func TestDomainIsRefusedWithItsOwnSentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "taken.example.com")
	w.domain(p, "xn--bcher-kva.example")
	label := strings.Repeat("a", 63)
	longest := label + "." + label + "." + label + "." + strings.Repeat("a", 57) + ".com"
	for _, c := range []struct{ typed, want string }{
		{"", "Enter a domain"},
		{"\u00a0example.com", "U+00A0"},
		{"exam\u200bple.com", "U+200B"},
		{"exam\u00adple.com", "U+00AD"},
		{"\ufeffexample.com", "U+FEFF"},
		{"example.com\x00.evil.example", "U+0000"},
		{"\u202eexample.com", "U+202E"},
		{"example。com", "no domain can contain"},
		{"①.example.com", "no domain can contain"},
		{"https://example.com/x", "Did you mean example.com?"},
		{"user@example.com", "Did you mean example.com?"},
		{"mailto:user@example.com", "Did you mean example.com?"},
		{"example.com:25", "has a port"},
		{"example.com/x", "has a path"},
		{"192.0.2.1", "IP address"},
		{"1.2.3", "IP address"},
		{"0x7f.1", "IP address"},
		{"[::1]", "IP address"},
		{"2001:db8::1", "IP address"},
		{"com", "top-level domain"},
		{"co.uk", "public suffix"},
		{"github.io", "public suffix"},
		{"mailhost", "only one part"},
		{"localhost", "reserved"},
		{"foo.local", "reserved"},
		{"x.arpa", "reserved"},
		{"example.invalid", "reserved"},
		{"abc.onion", "reserved"},
		{"a..b.com", "empty part"},
		{".example.com", "empty part"},
		{"-a.example.com", "hyphen"},
		{"a-.example.com", "hyphen"},
		{"_x.example.com", "underscore"},
		{"*.example.com", "wildcard"},
		{"xn--a.example.com", "xn--"},
		{strings.Repeat("a", 64) + ".com", "64 characters"},
		{longest[1:] + "x.com", "253"},
		{longest, "its CNAME points to"},
		{"tls.sealpost.test", "belongs to Sealpost"},
		{"rpt.tls.sealpost.test", "belongs to Sealpost"},
		{"x.tls.sealpost.test", "belongs to Sealpost"},
		{"taken.example.com", "in your account already"},
		{"TAKEN.example.com.", "in your account already"},
		{"bücher.example", "in your account already"},
		{"bu\u0308cher.example", "in your account already"},
		{strings.Repeat("a.", 5000) + "com", "253"},
	} {
		got := w.post("/domains/new", p, "name", c.typed)
		sentence := strings.TrimSpace(got.doc(t).Find("#name-error").Text())
		if got.StatusCode != 400 || !strings.Contains(sentence, c.want) {
			t.Errorf("%.60q: got %d with %q, want %q", c.typed, got.StatusCode, sentence, c.want)
		}
	}
	if got := w.do(jsonRequest("/domains/new", p, `{"name":"example.com"}`)); got.StatusCode != 400 {
		t.Errorf("JSON instead of a form: %d", got.StatusCode)
	}
	if got := w.post("/domains/new?name=example.com", p); got.StatusCode != 400 {
		t.Errorf("a name in the URL only: %d", got.StatusCode)
	}
}

func TestDomainQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Quotas = models.Quotas{Domains: 2, PendingDomains: 2}
	p := w.person("a@example.test")
	for i := range 2 {
		w.domain(p, fmt.Sprintf("d%d.example.com", i))
	}
	if got := w.post("/domains/new", p, "name", "example.com"); got.StatusCode != 400 || !strings.Contains(got.body, "account is full") {
		t.Errorf("got %d", got.StatusCode)
	}
}

func TestDomainListIsSearchedFilteredAndSorted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	if got := w.get("/domains", p); strings.Contains(got.body, `data-testid="domain-row"`) || !strings.Contains(got.body, "/domains/new") {
		t.Error("an empty account does not lead to adding a domain")
	}
	for i := range 60 {
		w.domain(p, fmt.Sprintf("d%02d.example.com", i))
	}
	w.domain(p, "busy.example.net")
	w.upload("/domains/busy.example.net/reports", p, file{"r.json", report("busy.example.net", "2026-06-14", "one", "90", "10")})
	names := func(query string) []string {
		var names []string
		page := w.get("/domains"+query, p)
		if page.StatusCode != 200 {
			t.Errorf("%s: got %d", query, page.StatusCode)
		}
		for _, row := range page.doc(t).Find(`[data-testid="domain-row"]`).EachIter() {
			name, _ := row.Attr("data-domain")
			names = append(names, name)
		}
		return names
	}
	for _, c := range []struct {
		query, first string
		n            int
	}{
		{"", "busy.example.net", 50},
		{"?page=2", "d49.example.com", 11},
		{"?page=3", "", 0},
		{"?page=-1", "busy.example.net", 50},
		{"?page=99999999999999999999", "busy.example.net", 50},
		{"?q=d4", "d40.example.com", 10},
		{"?q=D4", "d40.example.com", 10},
		{"?q=%25", "", 0},
		{"?q=_", "", 0},
		{"?q=%00d4%ff", "d40.example.com", 10},
		{"?q=" + strings.Repeat("x", 5000), "", 0},
		{"?state=active", "", 0},
		{"?state=pending&q=busy", "busy.example.net", 1},
		{"?state=%27+OR+1%3D1", "busy.example.net", 50},
		{"?sort=name", "busy.example.net", 50},
		{"?sort=sessions", "busy.example.net", 50},
		{"?sort=failed", "busy.example.net", 50},
		{"?sort=last", "busy.example.net", 50},
		{"?sort=name;DROP+TABLE+domains", "busy.example.net", 50},
	} {
		got := names(c.query)
		if len(got) != c.n || c.n > 0 && got[0] != c.first {
			t.Errorf("%s: %d rows, the first %v", c.query, len(got), got[:min(1, len(got))])
		}
	}
	row := w.get("/domains?q=busy", p).doc(t).Find(`[data-testid="domain-row"]`).Text()
	if !strings.Contains(row, "100") || !strings.Contains(row, "10.0") {
		t.Errorf("the row does not say 100 sessions and 10 %%: %q", row)
	}
}

func TestSecretIsRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	d := w.domain(p, "example.com")
	before := w.get("/domains/example.com/settings?x=guess", p)
	if want := "http://sealpost.test/v1/tlsrpt/" + w.store.ReportSecret(d); before.find(t, "post-url") != want {
		t.Errorf("the URL is %q, want %q", before.find(t, "post-url"), want)
	}
	if want := d.Token + "@rpt.tls.sealpost.test"; before.find(t, "rua") != want {
		t.Errorf("the address is %q, want %q", before.find(t, "rua"), want)
	}
	if strings.Contains(before.body, "guess") {
		t.Error("the page with the secret repeats what stands in the URL")
	}
	for _, typed := range []string{"", "no"} {
		got := w.post("/domains/example.com/settings/secret", p, "confirm", typed)
		if got.StatusCode != 400 || got.find(t, "post-url") != before.find(t, "post-url") || !strings.Contains(got.body, "Tick the box first") {
			t.Errorf("confirmed with %q: got %d", typed, got.StatusCode)
		}
	}
	if got := w.post("/domains/example.com/settings/secret", p, "confirm", "yes"); got.StatusCode != 303 {
		t.Fatalf("got %d", got.StatusCode)
	}
	if after := w.get("/domains/example.com/settings", p); after.find(t, "post-url") == before.find(t, "post-url") {
		t.Error("the URL is the same")
	}
	if _, err := w.store.AddresseeOfSecret(context.Background(), w.store.ReportSecret(d)); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the old secret: %v", err)
	}
	r := request("POST", "/v1/tlsrpt/"+w.store.ReportSecret(d), nil, strings.NewReader("{}"))
	if got := w.do(r); got.StatusCode != 404 {
		t.Errorf("a POST to the old URL: %d", got.StatusCode)
	}
	w.setRole(p, models.ReadOnly)
	if got := w.get("/domains/example.com/settings", p); strings.Contains(got.body, "/v1/tlsrpt/") {
		t.Error("who may only look is shown a URL that adds reports")
	}
}

func TestDomainIsDeletedByTypingItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	for _, typed := range []string{"", "example.net", "example"} {
		if got := w.post("/domains/example.com/delete", p, "confirm", typed); got.StatusCode != 400 || !strings.Contains(got.body, "Type example.com to delete it") {
			t.Errorf("confirmed with %q: %d", typed, got.StatusCode)
		}
	}
	if got := w.post("/domains/example.com/delete", p, "confirm", " Example.com "); got.StatusCode != 303 || got.location() != "/domains" {
		t.Errorf("got %d to %s", got.StatusCode, got.location())
	}
	if got := w.get("/domains/example.com", p); got.StatusCode != 404 || w.zone != 1 {
		t.Errorf("afterwards: %d, the zone was told %d times", got.StatusCode, w.zone)
	}
}
