package domainname_test

import (
	"testing"

	"github.com/sealpost/sealpost/internal/domainname"
)

func TestLookalike(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"аррӏе.com": true, "pаypal.com": true, "example.com": false, "bücher.de": false, "почта.рф": false, "paypa1.com": false, "例え.jp": false,
	} {
		name, err := domainname.Parse(typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := domainname.Lookalike(name); got != want {
			t.Errorf("%s: %v", typed, got)
		}
	}
}
