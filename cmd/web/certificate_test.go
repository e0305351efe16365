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
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(hang))
	lines := bufio.NewScanner(raw)
	for _, step := range []struct{ say, until string }{{"", "220 "}, {"EHLO x\r\n", "250 "}, {"STARTTLS\r\n", "220 "}} {
		fmt.Fprint(raw, step.say)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), step.until) {
		}
	}
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestSelfSignedByDefault(t *testing.T) {
	t.Parallel()
	n := newWorld(t).startNode(t)
	if got := nameBySTARTTLS(t, n.smtp.Addr().String()); got != "mx1.tls.sealpost.test" {
		t.Errorf("mail shows %s", got)
	}
}
