package models_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// TestObservationChanges walks checks and reads the history after each.
func TestObservationChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := func(cname string, servers ...string) {
		t.Helper()
		w.clock.Advance(2 * time.Hour)
		c := w.checked(models.Pending, servers...)
		for i := range c.Servers {
			c.Servers[i].CNAME = cname
		}
		w.must(w.store.SaveCheck(w.ctx, "node", w.claimDomains("node")[0].Domain, c))
	}
	for _, c := range []struct {
		cname   string
		servers []string
		want    string // all changes, newest first
	}{
		{"a", []string{"ns1"}, "ns1:>a"},
		{"a", []string{"ns1"}, "ns1:>a"},
		{"b", []string{"ns1"}, "ns1:a>b(cname) ns1:>a"},
		{"b", []string{"ns1", "ns2"}, "ns2:>b ns1:a>b(cname) ns1:>a"},
		{"b", []string{"ns1"}, "ns2:b> ns2:>b ns1:a>b(cname) ns1:>a"},
		{"b", []string{"ns1", "ns2"}, "ns2:>b ns2:b> ns2:>b ns1:a>b(cname) ns1:>a"},
	} {
		check(c.cname, c.servers...)
		changes, err := w.store.ObservationChanges(w.ctx, w.domain, time.Time{}, 100)
		if got := told(changes); err != nil || got != c.want {
			t.Errorf("after %s at %v: %q, want %q, %v", c.cname, c.servers, got, c.want, err)
		}
	}
	all, err := w.store.ObservationChanges(w.ctx, w.domain, time.Time{}, 100)
	w.must(err)
	if !slices.IsSortedFunc(all, func(a, b models.ObservationChange) int { return b.At.Compare(a.At) }) {
		t.Error("the changes are not newest first")
	}
	two, err := w.store.ObservationChanges(w.ctx, w.domain, time.Time{}, 2)
	w.must(err)
	rest, err := w.store.ObservationChanges(w.ctx, w.domain, two[1].At, 100)
	if err != nil || len(two)+len(rest) != len(all) {
		t.Errorf("%d and %d changes in two pages, %d in one, %v", len(two), len(rest), len(all), err)
	}
	theirs := w.domain
	theirs.AccountID = testkit.Account(t, w.store, "b@example.test").ID
	if got, err := w.store.ObservationChanges(w.ctx, theirs, time.Time{}, 100); err != nil || len(got) != 0 {
		t.Errorf("another account reads %d changes, %v", len(got), err)
	}
}

func told(changes []models.ObservationChange) string {
	var words []string
	for _, c := range changes {
		word := c.Server + ":"
		if c.Before != nil {
			word += c.Before.CNAME
		}
		word += ">"
		if c.After != nil {
			word += c.After.CNAME
		}
		if len(c.Fields) > 0 {
			word += "(" + strings.Join(c.Fields, ",") + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
