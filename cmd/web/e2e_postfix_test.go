//go:build e2e

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/models"
)

// TestE2EPostfix: a report that a real mail server relays, with what such a
// server adds to a message, is still proven by its signature and counts.
func TestE2EPostfix(t *testing.T) {
	t.Parallel()
	program := require(t, "/usr/sbin/postfix")
	w := newWorld(t, "example.test")
	n := w.startNode(t)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	address := b.addDomain("example.test") + "@rpt.tls.sealpost.test"

	relay, _ := startPostfix(t, program, "rpt.tls.sealpost.test", n.smtp.Addr().String())
	day := yesterday()
	mail := w.mail(t, address, report("example.test", "by-postfix", day, 12300, 45))
	if err := deliver(context.Background(), relay, "tlsrpt@reporter.test", address, mail); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the day has its row in the chart's table", func() bool {
		s, f, known := b.day("example.test", day)
		return known && s == 12300 && f == 45
	})
	chart := testID(b.get("/domains/example.test?days=7"), "trend")
	for _, shape := range []string{"path.bars", "path.mark"} {
		if len(chart.Find(shape).AttrOr("d", "")) == 0 {
			t.Errorf("the chart has no %s", shape)
		}
	}
	delivery := testID(b.get("/deliveries"), "delivery-row")
	if delivery.Length() != 1 || delivery.AttrOr("data-state", "") != string(models.DeliveryCounted) {
		t.Errorf("%d deliveries, the first is %s", delivery.Length(), delivery.AttrOr("data-state", ""))
	}
	href := testID(b.get("/domains/example.test/reports"), "report-row").Find("a").AttrOr("href", "")
	if page := b.get(href).Text(); !strings.Contains(page, "reporter.test") {
		t.Error("the report's page does not name the domain that signed it")
	}
}

const postfixMain = `compatibility_level = 3.7
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mta.reporter.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
disable_dns_lookups = yes
smtp_tls_security_level = encrypt
default_transport = error:this server relays to the test only
transport_maps = inline:{ { %[2]s = smtp:[%[3]s]:%[4]s } }
`

const postfixMaster = `127.0.0.1:%s inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix starts a mail server that relays mail for one domain to one
// server, over TLS, and gives the address where it takes mail and the folder of
// its queue. more are lines of its configuration.
func startPostfix(t *testing.T, program, domain, server string, more ...string) (address, queue string) {
	t.Helper()
	if os.Getuid() != 0 {
		refuse(t, "Postfix starts as root only")
	}
	dir := openDir(t)
	for _, sub := range []string{"etc", "queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	giveTo(t, "postfix", filepath.Join(dir, "data"))
	host, port, _ := strings.Cut(server, ":")
	own := unusedPort(t)
	for name, text := range map[string]string{
		"main.cf": fmt.Sprintf(postfixMain, dir, domain, host, port) + strings.Join(more, ""), "master.cf": fmt.Sprintf(postfixMaster, own),
	} {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	runTool(t, exec.Command(program, "-c", filepath.Join(dir, "etc"), "start"))
	t.Cleanup(func() {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Logf("Postfix says:\n%s", log)
		runTool(t, exec.Command(program, "-c", filepath.Join(dir, "etc"), "stop"))
	})
	eventually(t, "Postfix takes mail", func() bool { return answers("tcp", "127.0.0.1:"+own) })
	return "127.0.0.1:" + own, filepath.Join(dir, "queue")
}

// giveTo makes a user the owner of a file.
func giveTo(t *testing.T, name, path string) {
	t.Helper()
	owner := credential(t, name)
	if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
}
