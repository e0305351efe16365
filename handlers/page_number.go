package handlers

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

const (
	perPage = 50
	// maxPage keeps offsets small; what lies beyond is found by searching.
	maxPage = 10_000
)

// pagerOf reads ?page=; anything that is no page is the first one.
func pagerOf(c echo.Context) views.Pager {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 {
		n = 1
	}
	return views.Pager{Page: min(n, maxPage), PerPage: perPage}
}

// paged is a pager that stands in a list of so many rows. It leads to those
// that have a page only, and says so.
func paged(p views.Pager, total int64) views.Pager {
	const shown = maxPage * perPage
	p.Total, p.More = int(min(total, shown)), total > shown
	return p
}

func offset(p views.Pager) int { return (p.Page - 1) * p.PerPage }

// searchText is a text from the URL as databases take it: short, valid, in one line.
func searchText(s string) string {
	const longest = 255
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "")
	}
	return strings.TrimSpace(s)
}

// oneOf is s if it is one of the words, and "" otherwise.
func oneOf(s string, words ...string) string {
	for _, w := range words {
		if s == w {
			return s
		}
	}
	return ""
}
