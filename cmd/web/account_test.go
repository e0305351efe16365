package main

import (
	"strings"
	"testing"
)

// checkSuspending keeps ada out of her account and lets her in again.
func checkSuspending(t *testing.T, settings map[string]string, b *browser) {
	t.Helper()
	list := command{settings: settings, args: []string{"account", "list", "Ada@example.test"}}.run(t)
	id, rest, _ := strings.Cut(list.out, " ")
	if list.code != 0 || !strings.Contains(rest, "active") || !strings.Contains(rest, "owner") {
		t.Fatalf("account list: exit %d, %q, %q", list.code, list.out, list.err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
		page int
	}{
		{[]string{"account", "suspend", id}, 0, "Suspended", 403},
		{[]string{"account", "suspend", "nothing"}, 1, "no account nothing", 403},
		{[]string{"account", "resume", id}, 0, "Resumed", 200},
		{[]string{"account", "list", "eve@example.test"}, 1, "not known", 200},
	} {
		r := command{settings: settings, args: c.args}.run(t)
		if r.code != c.code || !strings.Contains(r.out+r.err, c.says) {
			t.Errorf("%q: exit %d, %q, %q", c.args, r.code, r.out, r.err)
		}
		if code, _ := b.do("GET", "/overview", nil, ""); code != c.page {
			t.Errorf("after %q the overview gives %d", c.args, code)
		}
	}
}
