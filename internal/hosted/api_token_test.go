package hosted

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
)

// scanned is what docs/api.md tells secret scanners to look for.
var scanned = regexp.MustCompile(`^sealpost_[a-z2-7]{47}$`)

func TestAPITokensHaveTheirForm(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		token, err := NewAPIToken(rand.Reader)
		if err != nil || !scanned.MatchString(token) || !ValidAPIToken(token) || seen[token] {
			t.Fatalf("%q, %v", token, err)
		}
		seen[token] = true
		if start := APITokenStart(token); !strings.HasPrefix(token, start) || len(start) != 15 {
			t.Errorf("%q begins with %q", token, start)
		}
	}
}

func TestWhatIsNoAPIToken(t *testing.T) {
	t.Parallel()
	good, err := NewAPIToken(bytes.NewReader(make([]byte, 25)))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "sealpost_", good[:len(good)-1], good + "a", strings.ToUpper(good), " " + good,
		strings.Replace(good, "sealpost_aa", "sealpost_ab", 1), // mistyped
		strings.Replace(good, "sealpost_", "sealpost-", 1),
		good[:len(good)-1] + "\x00",
	} {
		if ValidAPIToken(bad) {
			t.Errorf("%q is taken for a token", bad)
		}
	}
	if _, err := NewAPIToken(bytes.NewReader(nil)); err == nil {
		t.Error("a token was drawn from nothing")
	}
}

func FuzzValidAPIToken(f *testing.F) {
	good, err := NewAPIToken(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", good, good[:20], "sealpost_" + strings.Repeat("a", 47), "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ValidAPIToken(s) && !scanned.MatchString(s) {
			t.Errorf("%q is taken for a token", s)
		}
	})
}
