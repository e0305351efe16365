package models_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

func TestAddDomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	testkit.Domain(t, w.store, w.account, "there.example")
	testkit.Domain(t, w.store, testkit.Account(t, w.store, "b@example.test"), "theirs.example")
	names := []string{"one.example", "there.example", "theirs.example", "one.example", "two.example"}
	added, err := w.store.AddDomains(w.ctx, w.account.ID, names)
	w.must(err)
	for i, want := range []error{nil, models.ErrTaken, nil, models.ErrTaken, nil} {
		if !errors.Is(added[i].Err, want) || want == nil && (added[i].Domain.Name != names[i] || added[i].Domain.Token == "") {
			t.Errorf("%s: %+v", names[i], added[i])
		}
	}
	if due := w.claimDomains("node"); len(due) != 6 { // with the one of the world
		t.Errorf("%d domains are due", len(due))
	}
}

func TestAddDomainsStopsAtTheQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for i := range 203 {
		names = append(names, fmt.Sprintf("d%d.example", i))
	}
	roomIs := func(want models.DomainRoom) {
		t.Helper()
		if room, err := w.store.DomainRoom(w.ctx, w.account.ID); err != nil || room != want {
			t.Errorf("the room is %+v, %v", room, err)
		}
	}
	roomIs(models.DomainRoom{Total: 1, Pending: 1, Left: 199})
	added, err := w.store.AddDomains(w.ctx, w.account.ID, names)
	w.must(err)
	roomIs(models.DomainRoom{Total: 200, Pending: 200})
	w.store.Quotas = models.Quotas{Domains: 2, PendingDomains: 500}
	roomIs(models.DomainRoom{Total: 200, Pending: 200, Left: -198})
	for i, a := range added {
		if full := errors.Is(a.Err, models.ErrQuota); full != (i >= 199) {
			t.Errorf("%s: %v", names[i], a.Err)
		}
	}
}
