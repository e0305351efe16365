package handlers

import (
	"testing"

	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// Many of one kind leave room for the other.
func TestNeedsHaveRoomForBothKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ domains, problems, wantDomains, wantProblems int }{
		{0, 0, 0, 0}, {2, 1, 2, 1}, {6, 0, 6, 0}, {0, 6, 0, 6}, {6, 1, 5, 1}, {6, 6, 3, 3}, {1, 6, 1, 5}, {4, 2, 4, 2},
	} {
		var domains, problems int
		for _, n := range needsOf(make([]models.ListedDomain, c.domains), make([]models.AccountProblem, c.problems)) {
			if n.Verdict == views.Fail {
				domains++
			} else {
				problems++
			}
		}
		if domains != c.wantDomains || problems != c.wantProblems {
			t.Errorf("of %d domains and %d problems %d and %d are shown, want %d and %d", c.domains, c.problems, domains, problems, c.wantDomains, c.wantProblems)
		}
	}
}
