package views

import (
	"net/url"
	"strconv"
	"strings"
)

// domainURL is a page of a domain: domainURL("example.com", "setup").
func domainURL(name string, rest ...string) string {
	u := "/domains/" + url.PathEscape(name)
	for _, r := range rest {
		u += "/" + r
	}
	return u
}

func reportURL(id string) string { return "/reports/" + url.PathEscape(id) }

// deliveryURL is a delivery, or an act on it: deliveryURL(id, "accept").
func deliveryURL(id string, act ...string) string {
	return strings.Join(append([]string{"/deliveries/" + url.PathEscape(id)}, act...), "/")
}

// withQuery adds the values that are not empty, in the order given.
func withQuery(path string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(path)
	sep := byte('?')
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		b.WriteByte(sep)
		b.WriteString(pairs[i] + "=" + url.QueryEscape(pairs[i+1]))
		sep = '&'
	}
	return b.String()
}

// pageNumber is a page for ?page=, "" for the first.
func pageNumber(n int) string {
	if n <= 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// under tells whether the path (with or without query) lies at or below prefix.
func under(path, prefix string) bool {
	path, _, _ = strings.Cut(path, "?")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// path is the list without its page.
func (p ReportsPage) path() string {
	if p.Domain.Name == "" {
		return "/reports"
	}
	return domainURL(p.Domain.Name, "reports")
}

func (p FailuresPage) path() string {
	if p.Domain.Name == "" {
		return "/failures"
	}
	return domainURL(p.Domain.Name, "failures")
}
