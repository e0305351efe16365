package jobs_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// node is a process that serves the zone.
type node struct {
	*jobs.ZoneKeeper
	served []*nameserver.Zone
}

func (w *world) node(store *models.Store) *node {
	n := &node{}
	n.ZoneKeeper = &jobs.ZoneKeeper{
		Store: store, Zone: zone, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler),
		Content: nameserver.Config{Origin: zone.Name, NS: []nameserver.Host{{Name: "ns1." + zone.Name}}, ReportDomain: zone.ReportDomain},
		Serve:   func(z *nameserver.Zone) { n.served = append(n.served, z) },
	}
	return n
}

// file is the zone that the node serves, as a zone file.
func (n *node) file(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := n.served[len(n.served)-1].WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestZoneFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := testkit.OpenStore(t, w.url, w.clock)
	here, there := w.node(w.store), w.node(other)
	w.must(here.Load(w.ctx))
	w.must(there.Load(w.ctx))
	if z := here.served[0]; z.Len() != 1 {
		t.Errorf("the first zone has %d entries", z.Len())
	}
	steps := []func() error{
		func() error { return nil },
		func() error { _, err := w.store.AddDomain(w.ctx, w.account.ID, "one.example"); return err },
		func() error { _, err := other.AddDomain(w.ctx, w.account.ID, "two.example"); return err },
		func() error { return other.RemoveDomain(w.ctx, w.account.ID, "one.example") },
		func() error { // gone and back between two refreshes, with another token
			if err := w.store.RemoveDomain(w.ctx, w.account.ID, "two.example"); err != nil {
				return err
			}
			_, err := w.store.AddDomain(w.ctx, w.account.ID, "two.example")
			return err
		},
		func() error { // here and gone
			if _, err := w.store.AddDomain(w.ctx, w.account.ID, "three.example"); err != nil {
				return err
			}
			return w.store.RemoveDomain(w.ctx, w.account.ID, "three.example")
		},
		func() error { return w.store.RemoveDomain(w.ctx, w.account.ID, "example.test") },
	}
	for i, step := range steps {
		w.must(step())
		serial := here.served[len(here.served)-1].Serial()
		w.must(here.Refresh(w.ctx))
		w.must(there.Refresh(w.ctx))
		fresh := w.node(w.store)
		w.must(fresh.Load(w.ctx))
		want := fresh.file(t)
		if got := here.file(t); got != want {
			t.Errorf("step %d: the refreshed zone is\n%s\na fresh one is\n%s", i, got, want)
		}
		if got := there.file(t); got != want {
			t.Errorf("step %d: the other node serves\n%s\ninstead of\n%s", i, got, want)
		}
		if now := fresh.served[0].Serial(); (i == 0) != (now == serial) {
			t.Errorf("step %d: the serial went from %d to %d", i, serial, now)
		}
	}
	if z := here.served[len(here.served)-1]; z.Len() != 1 {
		t.Errorf("the last zone has %d entries", z.Len())
	}
}

func TestZoneIsServedAnewOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.node(w.store)
	w.must(n.Load(w.ctx))
	for range 3 {
		w.must(n.Refresh(w.ctx))
	}
	if len(n.served) != 1 {
		t.Errorf("served %d times without a change", len(n.served))
	}
	for i := range 5 {
		testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", i))
	}
	w.must(n.Refresh(w.ctx))
	if len(n.served) != 2 || n.served[0].Len() != 1 || n.served[1].Len() != 6 {
		t.Errorf("five changes were served in %d steps", len(n.served)-1)
	}
}

// When the database is down the zone goes on as it was, and its age tells.
func TestZoneWithoutADatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.node(w.store)
	w.must(n.Load(w.ctx))
	w.clock.Advance(time.Minute)
	w.must(n.Refresh(w.ctx))
	if age := n.Age(); age != 0 {
		t.Errorf("its age after a refresh is %v", age)
	}
	w.must(w.store.Close())
	w.clock.Advance(time.Minute)
	if err := n.Refresh(w.ctx); err == nil {
		t.Error("refreshed without a database")
	}
	if age := n.Age(); age != time.Minute || len(n.served) != 1 {
		t.Errorf("its age is %v, served %d times", age, len(n.served))
	}
}

func TestSerial(t *testing.T) {
	t.Parallel()
	for seq, want := range map[int64]uint32{1: 1, math.MaxUint32: math.MaxUint32, math.MaxUint32 + 1: 0, math.MaxUint32 + 8: 7} {
		if got := jobs.Serial(seq); got != want {
			t.Errorf("change %d has serial %d, want %d", seq, got, want)
		}
	}
}
