//go:build e2e

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"github.com/miekg/dns"
)

// hostileDomains are domains of others, one for each hostile text, which
// stands in the record and in the MX of it.
func hostileDomains() []string {
	names := make([]string, len(hostileTexts()))
	for i := range names {
		names[i] = fmt.Sprintf("hostile-%d.test", i)
	}
	return names
}

// inDNS is a text as it fits into a label.
func inDNS(text string) string { return strings.ToValidUTF8(text[:min(len(text), 40)], "") }

// publishHostileDomain puts a text into the DNS of a domain of its own, and
// expects the public checker to show both records.
func (h *hostileAccount) publishHostileDomain(t *testing.T, i int) {
	t.Helper()
	text := inDNS(hostileTexts()[i])
	txt := fmt.Sprintf(`_smtp._tls.hostile-%d.test. 3600 TXT "v=TLSRPTv1; rua=mailto:%s"`, i, escapeDNS(text))
	mx := fmt.Sprintf(`hostile-%d.test. 300 MX 20 %s.hostile-%d.test.`, i, escapeDNS(text), i)
	h.w.customer.Add(t, txt, mx)
	h.w.resolver.Add(t, txt, mx)
	h.expect("record", "v=TLSRPTv1; rua=mailto:"+text)
	rr, err := dns.NewRR(mx)
	if err != nil {
		t.Fatal(err)
	}
	wire := make([]byte, 255) // there and back, as a server spells it
	if _, err := dns.PackDomainName(rr.(*dns.MX).Mx, wire, 0, nil, false); err != nil {
		t.Fatal(err)
	}
	name, _, err := dns.UnpackDomainName(wire, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.expect("mx in DNS", strings.ToLower(strings.TrimSuffix(name, ".")))
}

// checkedDomains waits until the public checker has looked at all of them.
func (h *hostileAccount) checkedDomains(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, name := range hostileDomains() {
		pages = append(pages, "/tools/check?domain="+name)
	}
	eventually(t, "the domains are checked", func() bool {
		for _, page := range pages {
			if h.get(page).Find("[data-testid=check-result]:not([hx-get])").Length() == 0 {
				return false
			}
		}
		return true
	})
	return pages
}

// checkPublished: the setup page and the history show what is in the DNS as a
// zone file has it.
func (h *hostileAccount) checkPublished(t *testing.T) {
	t.Helper()
	shown := testID(h.get("/domains/taken.test/setup"), "published").Text()
	history := h.get("/domains/taken.test/setup/history").Find("main").Text()
	for _, text := range hostileTexts() {
		rr, err := dns.NewRR(`x. TXT "v=TLSRPTv1; rua=mailto:` + escapeDNS(inDNS(text)) + `"`)
		if err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(rr.String(), "\tTXT\t")
		if !strings.Contains(shown, "TXT "+line+"\n") && !strings.HasSuffix(shown, "TXT "+line) || !strings.Contains(history, "TXT "+line) {
			t.Errorf("the setup shows no %s, or the history none", line)
		}
	}
}

// tag gives a text, and what of it may be a tag, as tags of a domain. What is
// refused comes back in the form.
func (h *hostileAccount) tag(t *testing.T, text string) {
	t.Helper()
	for _, typed := range []string{text, tagOf(text)} {
		code, doc := h.browser.do(http.MethodPost, "/domains/taken.test/settings/tags", strings.NewReader(url.Values{"tags": {typed}}.Encode()), "application/x-www-form-urlencoded")
		field := doc.Find("#tag-names").AttrOr("value", "")
		switch {
		case code == http.StatusBadRequest && field != normal(typed):
			t.Errorf("the tags %q come back as %q", typed, field)
		case code != http.StatusOK && code != http.StatusBadRequest:
			t.Errorf("the tags %q are answered %d", typed, code)
		}
	}
	if tag := tagOf(text); tag != "" {
		for _, place := range []string{"/domains", "/domains/taken.test/settings"} {
			if got := h.get(place).Find("[data-testid=tags], #tag-names"); !strings.Contains(got.Text()+got.AttrOr("value", ""), tag) {
				t.Errorf("%s does not show the tag %q", place, tag)
			}
		}
		_, file := h.fetch(t, "/domains/export/domains.csv")
		if !bytes.Contains(file, []byte(tag)) {
			t.Errorf("the list of domains as CSV lacks the tag %q", tag)
		}
		checkCells(t, "domains.csv with "+tag, file)
	}
}

// tagOf is what of a text may stand in a tag.
func tagOf(text string) string {
	kept := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.:", r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text))
	return string(kept[:min(len(kept), 30)])
}

// normal is a text as a browser reads it out of a page.
func normal(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// logIn begins a session in a browser that calls itself by a text. What no
// header may hold is refused before it is read.
func (h *hostileAccount) logIn(t *testing.T, text string) {
	t.Helper()
	form := url.Values{"email": {"ada@example.test"}, "password": {"correct horse battery"}}
	other := newBrowser(t, h.addr, h.origin)
	req, err := http.NewRequest(http.MethodPost, "http://"+h.addr+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", h.origin)
	for _, name := range []string{"User-Agent", "Referer", "Accept-Language", "X-Request-Id", "X-Forwarded-For"} {
		req.Header.Set(name, text)
	}
	res, err := other.client.Do(req)
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		if err == nil {
			res.Body.Close()
			t.Errorf("a header %q was sent", text)
		}
		h.logInRaw(t, text)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("a browser called %q is answered %d, %v", text, res.StatusCode, err)
	}
	checkInert(t, "/login as "+text, doc)
	if rows := testID(other.get("/settings/account"), "session-row").Text(); strings.Contains(rows, text) || !strings.Contains(rows, "A program") {
		t.Errorf("the sessions show %q", rows)
	}
}

// logInRaw sends what no client of ours would.
func (h *hostileAccount) logInRaw(t *testing.T, text string) {
	t.Helper()
	answer := h.sendRaw(t, "GET /login HTTP/1.1\r\nHost: "+h.addr+"\r\nUser-Agent: "+strings.NewReplacer("\r", "", "\n", "").Replace(text)+"\r\nConnection: close\r\n\r\n")
	if strings.ContainsFunc(strings.NewReplacer("\r", "", "\n", "").Replace(text), func(r rune) bool { return r < ' ' || r == 0x7f }) != strings.HasPrefix(answer, "HTTP/1.1 400 ") {
		t.Errorf("a header %q is answered %.40q", text, answer)
	}
}

// openDoors makes what somebody outside can open: a read-only link, an offer
// and an invitation, from an account with a hostile name.
func (h *hostileAccount) openDoors(t *testing.T) {
	t.Helper()
	shared := strings.TrimSpace(testID(h.submit("/domains/example.test/shares", url.Values{"name": {"the last"}, "days": {"30"}}), "share-url").Text())
	u, err := url.Parse(shared)
	if err != nil || u.Path == "" {
		t.Fatalf("no link: %q, %v", shared, err)
	}
	h.doors = []string{
		u.Path, h.mailed("/domains/taken.test/transfer", url.Values{"email": {"eve@evil.test"}}, offerLink),
		h.mailed("/settings/members", url.Values{"email": {"eve@evil.test"}, "role": {"member"}}, invitationLink),
		h.mailed("/domains/example.test/forwards", url.Values{"target": {"reports@evil.test"}}, confirmLink),
	}
	made := h.submit("/settings/tokens", url.Values{"name": {"reader"}, "scope": {"read"}, "days": {"30"}})
	if h.token = strings.TrimSpace(testID(made, "token").Text()); !strings.HasPrefix(h.token, "sealpost_") {
		t.Fatalf("no token: %q", h.token)
	}
}

// checkInert looks for what no page of ours has, in the tree that a parser of
// HTML makes of an answer.
func checkInert(t *testing.T, where string, doc *goquery.Document) {
	t.Helper()
	doc.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Get(0).Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				t.Errorf("%s holds an attribute %s", where, a.Key)
			}
			if (a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction") && !ownAddress.MatchString(a.Val) {
				t.Errorf("%s holds the address %.200q", where, a.Val)
			}
		}
		if e.Is("iframe, object, embed, base, body meta, body style, body script:not([src^='/static/'])") {
			html, _ := goquery.OuterHtml(e)
			t.Errorf("%s holds %.200s", where, html)
		}
	})
}

var ownAddress = regexp.MustCompile(`^(|/([^/].*)?|[#?].*|https?://.*|mailto:.*)$`)

// fetch gets something in the session of the account, or by its token from
// the API.
func (h *hostileAccount) fetch(t *testing.T, path string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+h.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(path, "/api/") {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}
