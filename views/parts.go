package views

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

type tab struct {
	word string
	rest []string
}

var domainTabs = []tab{
	{"Trend", nil},
	{"Failures", []string{"failures"}},
	{"Reports", []string{"reports"}},
	{"Setup", []string{"setup"}},
	{"Forwards", []string{"forwards"}},
	{"Settings", []string{"settings"}},
}

// current is the aria-current of this tab of the domain on the page at path:
// "page" on its own page, "true" on those below it, "" elsewhere.
func (t tab) current(path, name string) string {
	path, _, _ = strings.Cut(path, "?")
	own := domainURL(name, t.rest...)
	switch {
	case path == own:
		return "page"
	case t.rest != nil && under(path, own):
		return "true"
	case t.rest == nil && (under(path, domainURL(name, "days")) || under(path, domainURL(name, "shares"))):
		return "true"
	default:
		return ""
	}
}

// pagerText is "51 to 100 of 212", or "51 to 100 of the newest 10 000".
func pagerText(p Pager) string {
	if p.pages() <= 1 {
		return countInt(p.Total) + " in all"
	}
	first := (p.Page-1)*p.PerPage + 1
	last := min(p.Page*p.PerPage, p.Total)
	of := " of "
	if p.More {
		of = " of the newest "
	}
	return countInt(first) + " to " + countInt(last) + of + countInt(p.Total)
}

// rangeWords is "in the last 7 days", "today" or "from 1 Jan 2026 to 31 Jan 2026".
func rangeWords(r Range) string {
	switch {
	case r.Days == 0 && r.From.Equal(r.To):
		return "on " + date(r.From)
	case r.Days == 0:
		return "from " + date(r.From) + " to " + date(r.To)
	case r.Days == 1:
		return "today"
	}
	return "in the last " + countInt(r.Days) + " days"
}

// breakable lets a DNS name or an address break after its dots. It is written
// by hand because a templ loop puts blanks between its rounds.
func breakable(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, strings.ReplaceAll(templ.EscapeString(s), ".", ".<wbr>"))
		return err
	})
}

// invalid is the value of aria-invalid for a field with this error.
func invalid(err string) string {
	if err == "" {
		return "false"
	}
	return "true"
}
