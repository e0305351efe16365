package jobs_test

import (
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/internal/testkit"
)

// The serial rises with what the configuration changes in the zone, once, and
// with nothing else; nodes that run on have the serial too.
func TestZoneSerialRisesWithTheConfiguration(t *testing.T) {
	t.Parallel()
	host := func(name, addr string) nameserver.Host {
		return nameserver.Host{Name: name + "." + zone.Name, Addrs: []netip.Addr{netip.MustParseAddr(addr)}}
	}
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "zone.snapshot")
	running := w.node(w.store)
	running.Authority = true
	w.must(running.Load(w.ctx))
	content := running.Content
	serial := running.served[0].Serial()
	for _, c := range []struct {
		name    string
		change  func(*nameserver.Config)
		without bool // the role that answers queries
		rises   uint32
	}{
		{"nothing", func(*nameserver.Config) {}, false, 0},
		{"a name server", func(c *nameserver.Config) { c.NS = append(c.NS, host("ns2", "192.0.2.2")) }, false, 1},
		{"the same again", func(*nameserver.Config) {}, false, 0},
		{"its address", func(c *nameserver.Config) { c.NS[1] = host("ns2", "192.0.2.3") }, false, 1},
		{"a mail host", func(c *nameserver.Config) { c.MX = append(c.MX, host("mx1", "192.0.2.4")) }, false, 1},
		{"the order of name servers", func(c *nameserver.Config) { c.NS[0], c.NS[1] = c.NS[1], c.NS[0] }, false, 1},
		{"a key", func(c *nameserver.Config) {
			c.TXT = []nameserver.Entry{{Owner: "selftest._domainkey." + zone.ReportDomain, TXT: "p="}}
		}, false, 1},
		{"a node without the role", func(c *nameserver.Config) { c.NS = c.NS[:1] }, true, 0},
		{"back to what it was first", func(c *nameserver.Config) { *c = running.Content }, false, 1},
	} {
		before := content
		content.NS, content.MX = append([]nameserver.Host{}, content.NS...), append([]nameserver.Host{}, content.MX...)
		c.change(&content)
		n := w.keeping(w.store, path)
		n.Content, n.Authority = content, !c.without
		if _, err := n.Restore(); err != nil {
			t.Fatal(err)
		}
		w.must(n.Load(w.ctx))
		w.must(n.SaveNow())
		if got := n.served[len(n.served)-1].Serial(); got != serial+c.rises {
			t.Errorf("%s: serial %d after %d", c.name, got, serial)
		} else {
			serial = got
		}
		if c.without {
			content = before
		}
	}
	w.must(running.Refresh(w.ctx))
	testkit.Domain(t, w.store, w.account, "one.example")
	w.must(running.Refresh(w.ctx))
	last := running.served[len(running.served)-1]
	if n, err := last.Skipped(); last.Serial() != serial+1 || last.Len() != 2 || n != 0 {
		t.Errorf("the node that ran on has serial %d with %d entries, and left out %d: %v", last.Serial(), last.Len(), n, err)
	}
}

// A database that takes no writes keeps nothing from being served; the serial
// follows when it does.
func TestZoneServedWhenTheApexCannotBeNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.node(w.store)
	n.Authority = true
	w.exec("ALTER TABLE zone_changes RENAME COLUMN token TO word")
	w.must(n.Load(w.ctx))
	before := n.served[len(n.served)-1].Serial()
	w.exec("ALTER TABLE zone_changes RENAME COLUMN word TO token")
	w.must(n.Refresh(w.ctx))
	if z := n.served[len(n.served)-1]; z.Serial() != before+1 || z.Len() != 1 {
		t.Errorf("serial %d after %d, %d entries", z.Serial(), before, z.Len())
	}
}
