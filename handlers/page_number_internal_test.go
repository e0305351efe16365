package handlers

import (
	"testing"

	"github.com/sealpost/sealpost/views"
)

// A list leads to the rows that have a page, and says when there are more.
func TestPaged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total int64
		want  views.Pager
	}{
		{0, views.Pager{Page: 1, PerPage: perPage}},
		{212, views.Pager{Page: 1, PerPage: perPage, Total: 212}},
		{500_000, views.Pager{Page: 1, PerPage: perPage, Total: 500_000}},
		{500_001, views.Pager{Page: 1, PerPage: perPage, Total: 500_000, More: true}},
	} {
		if got := paged(views.Pager{Page: 1, PerPage: perPage}, c.total); got != c.want {
			t.Errorf("%d rows: %+v, want %+v", c.total, got, c.want)
		}
	}
}
