//go:build e2e

package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// downloads are the kinds of links that give a file, not a page.
var downloads = [...]string{
	"/reports/ID/raw", "/deliveries/ID/original", "/api/v1/openapi.json",
	"/overview/export/FILE", "/domains/export/FILE", "/domains/NAME/export/FILE", "/failures/export/FILE", "/reports/export/FILE",
	"/reports/ID/export/FILE", "/deliveries/export/FILE", "/reporters/export/FILE", "/share/TOKEN/export/FILE", "/settings/audit/export/FILE",
}

// kind is a path without what differs between pages of one kind.
func kind(path string) string {
	parts := strings.Split(ids.ReplaceAllString(path, "ID"), "/")
	if n := len(parts); n > 2 && parts[n-2] == "export" {
		parts[n-1] = "FILE"
	}
	switch {
	case len(parts) > 2 && parts[1] == "share":
		parts[2] = "TOKEN"
	case len(parts) == 3 && slices.Contains([]string{"forwards", "transfers", "invitations"}, parts[1]):
		parts[2] = "SECRET"
	case len(parts) > 2 && parts[1] == "domains" && !slices.Contains([]string{"new", "bulk", "pending", "export"}, parts[2]):
		parts[2] = "NAME"
		if len(parts) == 5 && parts[3] == "days" {
			parts[4] = "DAY"
		}
	}
	return strings.Join(parts, "/")
}

// links follows what pages link to, once for each kind of page and of what is
// asked of it.
type links struct {
	b        *browser
	known    []string // kinds of pages that are looked at
	followed map[string]bool
}

// checkAllShown: no link leads to a kind of page that is missing from the list,
// to a page that does not exist, or to a download that is none. The gallery's
// examples lead nowhere.
func checkAllShown(b *browser, pages []shownPage) {
	b.t.Helper()
	l := links{b: b, followed: map[string]bool{}}
	for _, p := range pages {
		u, err := url.Parse(p.path)
		if err != nil || p.path == "" {
			b.t.Fatalf("%s has no address: %q", p.name, p.path)
		}
		l.known = append(l.known, kind(u.Path))
	}
	for _, p := range pages {
		_, doc := b.do("GET", p.path, nil, "")
		doc.Find("a[href]").Not(".gallery a").Each(func(_ int, a *goquery.Selection) { l.check(p.path, doc, a.AttrOr("href", "")) })
	}
}

func (l *links) check(from string, doc *goquery.Document, href string) {
	l.b.t.Helper()
	u, err := url.Parse(href)
	switch {
	case err != nil:
		l.b.t.Errorf("%s links to %q: %v", from, href, err)
	case u.Host != "" || u.Opaque != "":
	case u.Path == "" && u.Fragment != "":
		if doc.Find(fmt.Sprintf("[id=%q]", u.Fragment)).Length() == 0 {
			l.b.t.Errorf("%s links to #%s, which it does not have", from, u.Fragment)
		}
	case u.Path != "":
		l.follow(from, u)
	}
}

func (l *links) follow(from string, u *url.URL) {
	l.b.t.Helper()
	k := kind(u.Path)
	file := slices.Contains(downloads[:], k)
	if !file && !slices.Contains(l.known, k) {
		l.b.t.Errorf("%s links to %s, a page that no test looks at", from, u.Path)
	}
	asks := fmt.Sprint(k, slices.Sorted(maps.Keys(u.Query())))
	if file {
		asks += path.Base(u.Path)
	}
	if l.followed[asks] {
		return
	}
	l.followed[asks] = true
	res, err := l.b.client.Get("http://" + l.b.addr + u.RequestURI())
	if err != nil {
		l.b.t.Fatal(err)
	}
	defer res.Body.Close()
	size, err := io.Copy(io.Discard, res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		l.b.t.Errorf("%s links to %s, which answers %d, %v", from, u, res.StatusCode, err)
	}
	attached := strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment;")
	if file != attached || size == 0 {
		l.b.t.Errorf("%s links to %s: %d bytes, a download %t, want %t", from, u, size, attached, file)
	}
}
