package main

import (
	"strings"
	"testing"
)

// checkAudit computes the chain of ada's account anew.
func checkAudit(t *testing.T, settings map[string]string) {
	t.Helper()
	list := command{settings: settings, args: []string{"account", "list", "ada@example.test"}}.run(t)
	id, _, _ := strings.Cut(list.out, " ")
	for _, c := range []struct {
		id   string
		code int
		says string
	}{
		{id, 0, "entries fit, from number 1 to "},
		{"nothing", 1, "no account nothing"},
	} {
		r := command{settings: settings, args: []string{"account", "audit", c.id}}.run(t)
		if r.code != c.code || !strings.Contains(r.out+r.err, c.says) {
			t.Errorf("account audit %s: exit %d, %q, %q", c.id, r.code, r.out, r.err)
		}
	}
}
