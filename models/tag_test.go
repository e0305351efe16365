package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

func TestParseTags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, want string
		ok          bool
	}{
		{"", "", true},
		{" , ;\n", "", true},
		{"b, a", "a|b", true},
		{"#Prod prod PROD", "prod", true},
		{"kunde:müller team_1 a-b.c", "a-b.c|kunde:müller|team_1", true},
		{"<script>", "", false},
		{"a/b", "", false},
		{"\xff", "", false},
		{"a\x00", "", false},
		{"\u202eevil", "", false},
		{strings.Repeat("ä", models.MaxTag), strings.Repeat("ä", models.MaxTag), true},
		{strings.Repeat("a", models.MaxTag+1), "", false},
		{numbered(models.MaxTags), "", true},
		{numbered(models.MaxTags + 1), "", false},
	} {
		tags, err := models.ParseTags(c.typed)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, models.ErrTag) || c.want != "" && strings.Join(tags, "|") != c.want {
			t.Errorf("%q: %q, %v", c.typed, tags, err)
		}
	}
}

func numbered(n int) string {
	var tags []string
	for i := range n {
		tags = append(tags, fmt.Sprintf("t%d", i))
	}
	return strings.Join(tags, ",")
}

func TestTagDomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	testkit.Domain(t, w.store, w.account, "example.net")
	other := testkit.Account(t, w.store, "b@example.test")
	testkit.Domain(t, w.store, other, "example.org")
	for _, c := range []struct {
		names  []string
		change models.TagChange
		n      int
		want   string
		err    error
	}{
		{[]string{"example.com"}, models.TagChange{Set: []string{"b", "a"}}, 1, "a b", nil},
		{[]string{"example.com"}, models.TagChange{Set: []string{"a", "b"}}, 0, "a b", nil},
		{[]string{"example.com", "example.net", "example.net"}, models.TagChange{Add: []string{"A", "c"}}, 2, "a b c", nil},
		{[]string{"example.com", "example.net"}, models.TagChange{Remove: []string{"b"}}, 1, "a c", nil},
		{[]string{"example.com", "example.org"}, models.TagChange{Set: []string{"x"}}, 0, "a c", models.ErrNotFound},
		{[]string{"example.com"}, models.TagChange{Add: []string{"no tag"}}, 0, "a c", models.ErrTag},
		{[]string{"example.com"}, models.TagChange{Add: strings.Split(numbered(models.MaxTags-1), ",")}, 0, "a c", models.ErrTag},
		{[]string{"example.com"}, models.TagChange{Set: []string{}}, 1, "", nil},
	} {
		n, err := w.store.TagDomains(w.ctx, w.account.ID, c.names, c.change)
		if n != c.n || !errors.Is(err, c.err) {
			t.Errorf("%q %+v: %d, %v", c.names, c.change, n, err)
		}
		tags, err := w.store.TagsOf(w.ctx, w.account.ID, []string{w.domain.ID})
		if got := strings.Join(tags[w.domain.ID], " "); err != nil || got != c.want {
			t.Errorf("after %+v: %q, %v", c.change, got, err)
		}
	}
	counts, err := w.store.Tags(w.ctx, w.account.ID)
	if err != nil || !slices.Equal(counts, []models.TagCount{{Tag: "a", Domains: 1}, {Tag: "c", Domains: 1}}) {
		t.Errorf("%v, %v", counts, err)
	}
	events, n, err := w.store.AuditLog(w.ctx, w.account.ID, models.AuditFilter{Action: models.AuditDomainTagged, Limit: 10})
	if err != nil || n != 5 || events[0].Before != `{"tags":"a, c"}` || events[0].After != "" {
		t.Errorf("%d events, %+v, %v", n, events, err)
	}
}
