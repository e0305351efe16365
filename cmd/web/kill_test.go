package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// TestKilledAfterAccepting: what was answered 250 is counted after a kill -9,
// once, even if nothing had been read of it yet.
func TestKilledAfterAccepting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	settings := w.environment(t)
	// Reading the mail waits for the key of its signature, which does not
	// come: the process is killed in between.
	const key = "tlsrpt._domainkey.reporter.test"
	keeper := w.resolver
	answer := ask(t, "udp", keeper.Addr, key, dns.TypeTXT).Answer[0].String()
	keeper.Set(key, dns.TypeTXT, testkit.Answer{Silent: true})

	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	address := b.addDomain("example.test") + "@rpt.tls.sealpost.test"
	mail := w.mail(t, address, report("example.test", "survivor", "2026-03-01", 100, 7))
	if err := deliver(context.Background(), p.mail, "tlsrpt@reporter.test", address, mail); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the key is asked for", func() bool { return keeper.Count(key, dns.TypeTXT) > 1 })
	p.kill()

	keeper.Clear(key, dns.TypeTXT)
	keeper.Add(t, answer)
	p = startProgram(t, settings)
	b.addr = p.pages
	eventually(t, "the report is counted", func() bool { _, _, known := b.day("example.test", "2026-03-01"); return known })
	if s, f, _ := b.day("example.test", "2026-03-01"); s != 100 || f != 7 {
		t.Errorf("the day shows %d and %d, want 100 and 7", s, f)
	}
	rows := testID(b.get("/deliveries"), "delivery-row")
	if rows.Length() != 1 || rows.AttrOr("data-state", "") != string(models.DeliveryCounted) {
		t.Errorf("%d deliveries are listed, the first is %s", rows.Length(), rows.AttrOr("data-state", ""))
	}
}

// program is the product as a process of its own.
type program struct {
	cmd              *exec.Cmd
	out              io.Reader
	pages, mail, dns string
}

var (
	pagesLine = regexp.MustCompile(`pages .*listening on (\S+)\)`)
	mailLine  = regexp.MustCompile(`mail +(\S+) for`)
	dnsLine   = regexp.MustCompile(`DNS +(\S+) for`)
)

func startProgram(t *testing.T, settings map[string]string) *program {
	t.Helper()
	p := launch(t, settings)
	lines := bufio.NewScanner(p.out)
	for lines.Scan() && !strings.Contains(lines.Text(), "metrics") {
		if m := pagesLine.FindStringSubmatch(lines.Text()); m != nil {
			p.pages = m[1]
		}
		if m := mailLine.FindStringSubmatch(lines.Text()); m != nil {
			p.mail = m[1]
		}
		if m := dnsLine.FindStringSubmatch(lines.Text()); m != nil {
			p.dns = m[1]
		}
	}
	if p.pages == "" || p.mail == "" {
		t.Fatal("the program did not start")
	}
	return p
}

// launch starts the program and does not wait for it.
func launch(t *testing.T, settings map[string]string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(os.Args[0], "serve")}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = []string{asProgram + "=1", "HOME=" + p.cmd.Dir}
	for name, value := range settings {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stderr = t.Output()
	var err error
	if p.out, err = p.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as a crash would, and waits until it is gone.
func (p *program) kill() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	}
}
