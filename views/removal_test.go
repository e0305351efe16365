package views

import (
	"fmt"
	"strings"
	"testing"
)

// Somebody may have made thousands of links: the page counts them all and names some.
func TestRemovalNamesSomeOfManyLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		links, named int
		more         string
	}{{1, 1, ""}, {removalLinksShown, removalLinksShown, ""}, {removalLinksShown + 1, removalLinksShown, "and 1 more"}, {40_000, removalLinksShown, "and 39950 more"}} {
		p := RemovalPage{Links: make([]RemovalLink, c.links)}
		for i := range p.Links {
			p.Links[i].Domain = fmt.Sprintf("d%d.example", i)
		}
		var b strings.Builder
		if err := removalLinks(p).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), ".example<"); n != c.named || strings.Contains(b.String(), " more</li>") != (c.more != "") || !strings.Contains(b.String(), c.more) {
			t.Errorf("of %d links %d are named: %q", c.links, n, c.more)
		}
	}
}
