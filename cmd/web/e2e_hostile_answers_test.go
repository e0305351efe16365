//go:build e2e

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/PuerkitoBio/goquery"
)

// form is a form of a page: where it leads to, and its fields with what stands
// in them. typed are those that a person types into.
type form struct {
	Method, Action string
	Fields         map[string]string
	Typed          []string
}

// noteForms keeps the forms of the page that is shown.
func (w *hostileWalk) noteForms() {
	w.c.t.Helper()
	for _, f := range evaluate[[]form](w.c, `[...document.forms].map((f) => {
		const fields = [...f.elements].filter((e) => e.name && !e.disabled && e.type !== "file" && e.type !== "submit" && (!/^(checkbox|radio)$/.test(e.type) || e.checked));
		return {Method: f.method, Action: new URL(f.action).pathname, Fields: Object.fromEntries(fields.map((e) => [e.name, e.value])),
			Typed: fields.filter((e) => e.tagName === "TEXTAREA" || /^(text|email|url|search|password|tel|number|date|hidden)$/.test(e.type)).map((e) => e.name)};
	})`) {
		if len(f.Typed) > 0 {
			w.forms[f.Method+" "+kind(f.Action)+" "+strings.Join(f.Typed, " ")] = f
		}
	}
}

// ends are the forms that would end the walk's own session or account. Their
// fields are tried by tests of their own.
var ends = []string{"/logout", "/settings/account/password", "/settings/members/leave", "/accounts/open"}

// checkForms gives every form of every page every text in every field that can
// be typed into or tampered with. Nothing breaks, nothing comes alive, and what is
// refused stands in its field again as it was typed.
func (h *hostileAccount) checkForms(t *testing.T, forms map[string]form) {
	t.Helper()
	if len(forms) < 25 {
		t.Errorf("the walk has seen %d forms", len(forms))
	}
	tried := 0
	for what, f := range forms {
		if slices.Contains(ends, f.Action) {
			continue
		}
		for _, text := range hostileTexts() {
			code, doc := h.send(f, text)
			if tried++; code >= 500 {
				t.Errorf("%s with %q: %d", what, text, code)
			}
			checkInert(t, what+" with "+text, doc)
			if code == http.StatusBadRequest && f.Action != "/tools/check" { // spells out what cannot be seen
				checkTyped(t, what, f, text, doc)
			}
		}
	}
	t.Logf("%d forms, %d times", len(forms), tried)
}

func (h *hostileAccount) send(f form, text string) (int, *goquery.Document) {
	fields := url.Values{}
	for name, value := range f.Fields {
		fields.Set(name, value)
	}
	for _, name := range f.Typed {
		fields.Set(name, text)
	}
	if f.Method == "get" {
		return h.browser.do(http.MethodGet, f.Action+"?"+fields.Encode(), nil, "")
	}
	return h.browser.do(http.MethodPost, f.Action, strings.NewReader(fields.Encode()), "application/x-www-form-urlencoded")
}

// checkTyped: of the fields that come back, those that were typed into hold the
// text, and a password none.
func checkTyped(t *testing.T, what string, f form, text string, doc *goquery.Document) {
	t.Helper()
	again := doc.Find("form").FilterFunction(func(_ int, e *goquery.Selection) bool { return e.AttrOr("action", "") == f.Action }).First()
	again.Find(`[aria-invalid="true"]`).Each(func(_ int, e *goquery.Selection) {
		value := e.AttrOr("value", "")
		if e.Is("textarea") {
			value = e.Text()
		}
		switch {
		case e.AttrOr("type", "") == "password" && value != "":
			t.Errorf("%s gives a password back", what)
		case e.AttrOr("type", "") != "password" && !e.Is("select") && strings.TrimSpace(value) != strings.TrimSpace(normal(text)):
			t.Errorf("%s gives %q back as %q in %s", what, text, value, e.AttrOr("name", ""))
		}
	})
}

// checkFiles: every file that a page links to is one, named by us; no cell of
// it begins a formula, and its JSON can be read.
func (h *hostileAccount) checkFiles(t *testing.T, files map[string]string) {
	t.Helper()
	if len(files) < 30 {
		t.Errorf("the walk has seen %d kinds of files", len(files))
	}
	plain := regexp.MustCompile(`^attachment; filename="?[-._A-Za-z0-9!]+"?$`)
	for what, address := range files {
		res, body := h.fetch(t, address)
		if res.StatusCode != http.StatusOK || !plain.MatchString(res.Header.Get("Content-Disposition")) || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s at %s: %d, %s", what, address, res.StatusCode, res.Header.Get("Content-Disposition"))
		}
		switch {
		case strings.HasSuffix(what, ".csv"):
			checkCells(t, what, body)
		case strings.HasSuffix(what, ".json"):
			if !json.Valid(body) {
				t.Errorf("%s is no JSON", what)
			}
		}
	}
}

// checkCells: no cell of a CSV file begins a formula.
func checkCells(t *testing.T, what string, file []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for _, cell := range slices.Concat(rows...) {
		if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
			t.Errorf("%s has the cell %q", what, cell)
		}
	}
}

// checkAnswers: the API gives every text back as it came, in JSON that holds
// neither markup nor control characters.
func (h *hostileAccount) checkAnswers(t *testing.T) {
	t.Helper()
	all := ""
	for _, path := range []string{"account", "domains", "tags", "reporters", "reports?limit=200", "deliveries?limit=200", "members", "invitations", "transfers", "audit-events?limit=200", "domains/taken.test/check", "domains/example.test/shares", "domains/example.test/forwards", "domains/example.test/stats?days=30&group=result", "domains/example.test/stats?days=30&group=mx", "domains/example.test/stats?days=30&group=reporter", "domains/example.test/stats?days=30&group=policy"} {
		res, body := h.fetch(t, "/api/v1/"+path)
		if res.StatusCode != http.StatusOK || !json.Valid(body) || bytes.ContainsAny(body, "<>") || bytes.ContainsFunc(bytes.TrimSpace(body), unicode.IsControl) {
			t.Errorf("%s: %d, %.300q", path, res.StatusCode, body)
		}
		all += string(body)
	}
	for _, text := range hostileTexts() {
		for _, place := range []string{text + " organisation", "id " + text + " ."} {
			if !strings.Contains(all, string(bytes.Trim(mustMarshal(t, place), `"`))) {
				t.Errorf("the API does not give back %q", place)
			}
		}
	}
}

// checkMails: no mail of ours holds a text that somebody has chosen freely, and
// no line of its head is theirs.
func (h *hostileAccount) checkMails(t *testing.T) {
	t.Helper()
	mails, err := h.store.RecentMails(t.Context(), 10_000)
	if err != nil || len(mails) < 3 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	for _, m := range mails {
		head := m.Subject + m.Recipient
		if strings.ContainsFunc(head, unicode.IsControl) || strings.ContainsFunc(m.Text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("the mail %q to %q says\n%q", m.Subject, m.Recipient, m.Text)
		}
		for _, text := range hostileTexts() {
			if strings.Contains(head+m.Text, text) {
				t.Errorf("the mail %q to %q holds %q", m.Subject, m.Recipient, text)
			}
		}
	}
}

// sendRaw sends bytes to the pages and gives what comes back.
func (h *hostileAccount) sendRaw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(hang)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}
