package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/smtpd"
)

// pemFiles are a certificate and its key in a folder.
type pemFiles struct {
	t          *testing.T
	chain, key string
}

func newPEMFiles(t *testing.T) pemFiles {
	t.Helper()
	dir := t.TempDir()
	return pemFiles{t, filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")}
}

// pair makes a certificate for name with its key.
func (f pemFiles) pair(name string) (chain, key []byte) {
	f.t.Helper()
	made, err := smtpd.SelfSigned(name, time.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(made.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		f.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

// put replaces a file as tools that renew certificates do.
func (f pemFiles) put(path string, data []byte) {
	f.t.Helper()
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		f.t.Fatal(err)
	}
}

func (f pemFiles) putPair(name string) {
	chain, key := f.pair(name)
	f.put(f.chain, chain)
	f.put(f.key, key)
}

// A renewed certificate is served without a restart, by mail and by https. What
// cannot be used, or is in the middle of a change, leaves the one before.
func TestCertificatesAreReadAnew(t *testing.T) {
	t.Parallel()
	files := newPEMFiles(t)
	files.putPair("one.test")
	n := newWorld(t).startNode(t, "TLS_CERT="+files.chain, "TLS_KEY="+files.key, "SMTP_TLS_CERT="+files.chain, "SMTP_TLS_KEY="+files.key, "BASE_URL=https://localhost:8443")
	client := &http.Client{Timeout: hang, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	t.Cleanup(client.CloseIdleConnections)
	if res, err := client.Get("https://" + n.web.socket.Addr().String() + "/healthz"); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("over https: %v", err)
	}
	secondChain, secondKey := files.pair("two.test")
	for _, step := range []struct {
		what string
		act  func()
		want string
	}{
		{"as it began", func() {}, "one.test"},
		{"the chain is new, the key is not", func() { files.put(files.chain, secondChain) }, "one.test"},
		{"both are new", func() { files.put(files.key, secondKey) }, "two.test"},
		{"rubbish", func() { files.put(files.chain, []byte("no certificate")) }, "two.test"},
		{"no file", func() { os.Remove(files.key) }, "two.test"},
		{"a third pair", func() { files.putPair("three.test") }, "three.test"},
	} {
		step.act()
		if got := nameByHTTPS(t, n.web.socket.Addr().String()); got != step.want {
			t.Errorf("%s: https shows %s, want %s", step.what, got, step.want)
		}
		if got := nameBySTARTTLS(t, n.smtp.Addr().String()); got != step.want {
			t.Errorf("%s: mail shows %s, want %s", step.what, got, step.want)
		}
	}
}

func nameByHTTPS(t *testing.T, addr string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func nameBySTARTTLS(t *testing.T, addr string) string {
	t.Helper()
	conn, err := startTLS(t, addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// startTLS begins a session of SMTP and turns it into one of TLS.
func startTLS(t *testing.T, addr string, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	raw.SetDeadline(time.Now().Add(hang))
	lines := bufio.NewScanner(raw)
	for _, step := range []struct{ say, until string }{{"", "220 "}, {"EHLO x\r\n", "250 "}, {"STARTTLS\r\n", "220 "}} {
		fmt.Fprint(raw, step.say)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), step.until) {
		}
	}
	conn := tls.Client(raw, config)
	return conn, conn.Handshake()
}

// TLS 1.2 and 1.3 are spoken with ciphers that keep past sessions secret, and
// nothing older; mail may come without TLS, but not with a broken one.
func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	files := newPEMFiles(t)
	files.putPair("one.test")
	n := newWorld(t).startNode(t, "TLS_CERT="+files.chain, "TLS_KEY="+files.key, "SMTP_TLS_CERT="+files.chain, "SMTP_TLS_KEY="+files.key, "BASE_URL=https://localhost:8443")
	var weak []uint16
	for _, suite := range tls.InsecureCipherSuites() {
		weak = append(weak, suite.ID)
	}
	for _, c := range []struct {
		what    string
		version uint16
		suites  []uint16
		taken   bool
	}{
		{"TLS 1.0", tls.VersionTLS10, nil, false}, {"TLS 1.1", tls.VersionTLS11, nil, false}, {"TLS 1.2", tls.VersionTLS12, nil, true}, {"TLS 1.3", tls.VersionTLS13, nil, true},
		{"TLS 1.2 with weak ciphers", tls.VersionTLS12, weak, false},
	} {
		config := &tls.Config{InsecureSkipVerify: true, MinVersion: c.version, MaxVersion: c.version, CipherSuites: c.suites}
		conn, err := tls.Dial("tcp", n.web.socket.Addr().String(), config)
		if err == nil {
			conn.Close()
		}
		if _, byMail := startTLS(t, n.smtp.Addr().String(), config); (err == nil) != c.taken || (byMail == nil) != c.taken {
			t.Errorf("%s: https %v, mail %v", c.what, err, byMail)
		}
	}
}
