//go:build e2e

package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/sealpost/sealpost/internal/smtpd"
)

const dovecotConf = `base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
disable_plaintext_auth = yes
mail_location = maildir:%[1]s/mail
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
default_internal_user = dovecot
default_login_user = dovenull
passdb {
  driver = static
  args = password=correct-horse
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%[1]s/home
}
service imap-login {
  inet_listener imap {
    port = %[2]s
  }
  inet_listener imaps {
    port = %[3]s
    ssl = yes
  }
}
namespace inbox {
  inbox = yes
}
`

// imapServer is a Dovecot with one mailbox, spoken to with a certificate of its
// own.
type imapServer struct {
	dir           string
	plain, secure string // ports
	roots         *x509.CertPool
}

func startDovecot(t *testing.T) imapServer {
	t.Helper()
	program := require(t, "/usr/sbin/dovecot")
	require(t, "/usr/lib/dovecot/imap")
	if os.Getuid() != 0 {
		refuse(t, "Dovecot starts as root only")
	}
	s := imapServer{dir: openDir(t), plain: unusedPort(t), secure: unusedPort(t), roots: x509.NewCertPool()}
	certificate, err := smtpd.SelfSigned("localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.dir, map[string][]byte{
		"cert.pem":     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		"key.pem":      pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"dovecot.conf": []byte(fmt.Sprintf(dovecotConf, s.dir, s.plain, s.secure)),
	})
	own, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	s.roots.AddCert(own)
	for _, sub := range []string{"home", "mail", "mail/cur", "mail/new", "mail/tmp"} {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
		giveTo(t, "mail", filepath.Join(s.dir, sub))
	}
	config := filepath.Join(s.dir, "dovecot.conf")
	server := exec.Command(program, "-F", "-c", config)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM) // which ends its children too
		_ = server.Wait()
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		t.Logf("Dovecot says:\n%s", log)
	})
	eventually(t, "Dovecot takes connections", func() bool { return answers("tcp", "127.0.0.1:"+s.secure) })
	return s
}

// deliver puts a message into the mailbox, as a mail server would.
func (s imapServer) deliver(t *testing.T, name string, message []byte) {
	t.Helper()
	tmp := filepath.Join(s.dir, "mail", "tmp", name)
	if err := os.WriteFile(tmp, message, 0o644); err != nil {
		t.Fatal(err)
	}
	giveTo(t, "mail", tmp)
	if err := os.Rename(tmp, filepath.Join(s.dir, "mail", "new", name)); err != nil {
		t.Fatal(err)
	}
}

// count says how many messages a folder of the mailbox holds; "" is the inbox.
func (s imapServer) count(folder string) int {
	n := 0
	for _, sub := range []string{"cur", "new"} {
		entries, _ := os.ReadDir(filepath.Join(s.dir, "mail", folder, sub))
		n += len(entries)
	}
	return n
}

// startMailNode is a node that trusts the server's certificate.
func (w *world) startMailNode(t *testing.T, s imapServer, settings ...string) *node {
	t.Helper()
	environment := w.environment(t)
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	c, err := readConfig(env.Options{Environment: environment})
	if err != nil {
		t.Fatal(err)
	}
	c.roots = s.roots
	ctx, cancel := context.WithCancel(context.Background())
	n, err := start(ctx, c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- n.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("the node stopped with: %v", err)
		}
	})
	return n
}

func (b *browser) connectMailbox(change ...string) {
	b.t.Helper()
	form := url.Values{
		"host": {"localhost"}, "security": {"tls"}, "username": {"reports"}, "password": {"correct-horse"},
		"folder": {"INBOX"}, "done_folder": {"Sealpost done"}, "failed_folder": {"Sealpost failed"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	b.submit("/settings/mailbox", form)
}

// mailboxSays waits for what the page says of the mailbox.
func (b *browser) mailboxSays(sentence string) {
	b.t.Helper()
	said := ""
	defer func() {
		if b.t.Failed() {
			b.t.Logf("the page says %q", said)
		}
	}()
	eventually(b.t, "the mailbox: "+sentence, func() bool {
		said = testID(b.get("/settings/mailbox"), "mailbox-status").Text()
		return strings.Contains(said, sentence)
	})
}

// TestE2EDovecot connects a mailbox on a real server: what is wrong is said,
// reports are counted and moved, also those that come while it waits, and what
// is none is put aside.
func TestE2EDovecot(t *testing.T) {
	t.Parallel()
	server := startDovecot(t)
	w := newWorld(t, "example.test")
	n := w.startMailNode(t, server)
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	b.addDomain("example.test")
	day := yesterday()
	mail := func(id, day string) []byte {
		return w.mail(t, "reports@example.test", report("example.test", id, day, 100, 5))
	}
	server.deliver(t, "1.x", mail("one", day))
	server.deliver(t, "2.x", []byte("Subject: lunch\r\n\r\nAt noon?\r\n"))
	server.deliver(t, "3.x", mail("one", day))

	for _, c := range []struct {
		change []string
		says   string
	}{
		{[]string{"port", server.secure, "password", "wrong"}, "refuses this user name and password"},
		{[]string{"port", server.secure, "host", "127.0.0.1"}, "is for another name"},
		{[]string{"port", server.plain}, "does not speak TLS"},
		{[]string{"port", unusedPort(t)}, "does not answer"},
		{[]string{"port", server.secure, "folder", "Nowhere"}, "The folder Nowhere"},
		{[]string{"port", server.plain, "security", "starttls"}, "Connected, 3 messages in INBOX."},
		{[]string{"port", server.secure}, "Connected, 3 messages in INBOX."},
	} {
		b.connectMailbox(c.change...)
		b.mailboxSays(c.says)
	}
	if server.count("") != 3 {
		t.Error("messages were taken before the mailbox was started")
	}
	b.submit("/settings/mailbox/state", url.Values{"do": {"start"}})
	eventually(t, "the folder is empty", func() bool { return server.count("") == 0 })
	if done, failed := server.count(".Sealpost done"), server.count(".Sealpost failed"); done != 2 || failed != 1 {
		t.Errorf("%d done, %d failed", done, failed)
	}
	if s, f, _ := b.day("example.test", day); s != 100 || f != 5 {
		t.Errorf("the day shows %d and %d", s, f)
	}
	b.mailboxSays("Connected, 0 messages in INBOX.")
	server.deliver(t, "4.x", mail("two", time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)))
	eventually(t, "a message that comes while we wait is taken", func() bool { return server.count(".Sealpost done") == 3 })
	b.submit("/settings/mailbox/state", url.Values{"do": {"pause"}})
	server.deliver(t, "5.x", mail("three", day))
	b.mailboxSays("Paused")
	rows := testID(b.get("/deliveries"), "delivery-row")
	if rows.Length() != 4 || !strings.Contains(rows.Text(), "by mailbox") {
		t.Errorf("%d deliveries", rows.Length())
	}
	b.submit("/settings/mailbox/state", url.Values{"do": {"disconnect"}})
	if testID(b.get("/settings/mailbox"), "mailbox").Length() != 0 {
		t.Error("the mailbox is still connected")
	}
}

// TestE2EDovecotIsOutOfReach: without OUTBOUND_ALLOW nobody reaches the
// operator's own network through a mailbox.
func TestE2EDovecotIsOutOfReach(t *testing.T) {
	t.Parallel()
	server := startDovecot(t)
	n := newWorld(t).startMailNode(t, server, "OUTBOUND_ALLOW=")
	b := newBrowser(t, n.web.socket.Addr().String(), n.config.BaseURL)
	b.signUp("ada@example.test")
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		b.connectMailbox("host", host, "port", server.secure, "security", "plain")
		b.mailboxSays("not of the public internet")
	}
}
