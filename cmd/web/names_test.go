package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
)

// The catalogue of names against `web check`: what is refused is one line on
// stderr, and the rest is checked under its one spelling.
func TestNamesInTheCheckCommand(t *testing.T) {
	t.Parallel()
	for _, n := range testkit.Names("tls.sealpost.test") {
		var out bytes.Buffer
		if n.Want != "" {
			if name, err := (checkCmd{Domain: n.Typed}).name(); err != nil || name != n.Want {
				t.Errorf("%s %q: %q, %v", n.ID, n.Typed, name, err)
			}
			continue
		}
		err := checkCmd{Domain: n.Typed}.Run(context.Background(), streams{out: &out, err: &out})
		if err == nil || !strings.Contains(err.Error(), n.Says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %q: %v, want %q", n.ID, n.Typed, err, n.Says)
		}
	}
}
