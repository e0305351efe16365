//go:build e2e

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
)

// TestE2EUnbound: a real resolver, as strict as they come, follows the
// customer's CNAME to our record, and what it says shows on the open page.
func TestE2EUnbound(t *testing.T) {
	t.Parallel()
	program := require(t, "/usr/sbin/unbound")
	w := newWorld(t, "example.test")
	w.customer.Add(t, "ns1.example.test. 300 A 127.0.0.1")
	resolver := "127.0.0.1:" + unusedPort(t)
	n := w.startNode(t, "RESOLVERS="+resolver)
	startUnbound(t, program, resolver, map[string]string{
		"example.test": w.customer.Addr, "tls.sealpost.test": n.dns.Addr().String(),
	})
	c := startChromium(t, n.address())
	c.signUp("ada@example.test")
	target := c.addDomain("example.test")
	c.eval(`window.opened = true`)
	row := fmt.Sprintf(`document.querySelector('[data-testid=servers] [data-server="%s"]')`, resolver)
	c.until("the resolver is seen to know nothing yet", row)

	w.customer.Add(t, "_smtp._tls.example.test. 3600 CNAME "+target)
	published := time.Now()
	c.until("the domain turns active on the open page", `document.querySelector('[data-testid=domain-state]').dataset.state === "active"`)
	t.Logf("active on the open page %s after publishing", time.Since(published).Round(time.Millisecond))
	c.until("the resolver's answer shows", row+`.dataset.verdict === "pass"`)
	c.until("the verdict is pass", `document.querySelector('[data-testid=verdict]').dataset.verdict === "pass"`)
	if !c.holds(`window.opened === true`) {
		t.Error("the page was loaded anew")
	}
	c.clean()

	answer := ask(t, "udp", resolver, "_smtp._tls.example.test", dns.TypeTXT)
	token, _, _ := strings.Cut(strings.TrimPrefix(target, "example.test._smtp._tls."), ".")
	if got, want := recordOf(answer), "v=TLSRPTv1; rua=mailto:"+token+"@rpt.tls.sealpost.test"; got != want {
		t.Errorf("the resolver says %q, want %q", got, want)
	}
	checkMinimised(t, w.customer)
}

// checkMinimised: the resolver did ask in the strict way that this test is for.
func checkMinimised(t *testing.T, server *testkit.DNS) {
	t.Helper()
	if server.Count("_tls.example.test", dns.TypeA) == 0 {
		t.Error("no minimised question came in: qname-minimisation is not on")
	}
	for _, q := range server.Asked() {
		if q.Raw != q.Name {
			return
		}
	}
	t.Error("all questions came in lower case: 0x20 is not on")
}

const unboundConfig = `server:
	username: ""
	chroot: ""
	pidfile: ""
	directory: "%[1]s"
	use-syslog: no
	verbosity: 1
	interface: %[2]s@%[3]s
	outgoing-interface: 127.0.0.1
	do-ip6: no
	do-not-query-localhost: no
	module-config: "iterator"
	use-caps-for-id: yes
	qname-minimisation: yes
	qname-minimisation-strict: yes
	harden-glue: yes
	harden-short-bufsize: yes
	harden-large-queries: yes
	harden-below-nxdomain: yes
	harden-referral-path: yes
	harden-algo-downgrade: yes
	# A customer's mistake is to be forgotten within the test.
	cache-max-negative-ttl: 1
	# Nothing but the test's zones is asked for.
	local-zone: "." refuse
remote-control:
	control-enable: no
`

// startUnbound starts a resolver that asks for each zone at its server alone.
func startUnbound(t *testing.T, program, addr string, zones map[string]string) {
	t.Helper()
	dir := t.TempDir()
	host, port, _ := strings.Cut(addr, ":")
	config := fmt.Sprintf(unboundConfig, dir, host, port)
	for zone, server := range zones {
		config += fmt.Sprintf("server:\n\tlocal-zone: %q transparent\n", zone)
		config += fmt.Sprintf("stub-zone:\n\tname: %q\n\tstub-addr: %s\n", zone, strings.Replace(server, ":", "@", 1))
	}
	file := filepath.Join(dir, "unbound.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	part(t, exec.Command(program, "-d", "-c", file))
	eventually(t, "Unbound listens", func() bool { return answers("tcp", addr) })
}
