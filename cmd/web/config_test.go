package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"
)

// TestEnvExample: the example names every key with its default, each with a
// comment above it, and no other.
func TestEnvExample(t *testing.T) {
	t.Parallel()
	example, err := godotenv.Read(filepath.Join("..", "..", ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	params, err := env.GetFieldParams(&config{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, p := range params {
		want[p.Key] = p.DefaultValue
	}
	if diff := cmp.Diff(want, example); diff != "" {
		t.Errorf(".env.example differs from the configuration (-configuration +example):\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	for key := range want {
		before, _, _ := strings.Cut(string(text), "\n"+key+"=")
		paragraph := before[strings.LastIndex(before, "\n\n")+2:]
		if !strings.Contains(paragraph, "#") {
			t.Errorf("%s has no comment above it", key)
		}
	}
}

func TestConfigDefaultsFollowTheZone(t *testing.T) {
	t.Parallel()
	c, err := readConfig(env.Options{Environment: map[string]string{"ZONE": "TLS.Example.net."}})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Zone, strings.Join(c.Nameservers, ","), c.ReportDomain, strings.Join(c.MXHosts, ","), c.SMTPHostname}
	want := []string{"tls.example.net", "ns1.tls.example.net,ns2.tls.example.net", "rpt.tls.example.net", "mx1.tls.example.net", "mx1.tls.example.net"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if time.Duration(c.RetentionRows) != 400*24*time.Hour {
		t.Errorf("rows are kept for %s", time.Duration(c.RetentionRows))
	}
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, value, says string }{
		{"BASE_URL", "localhost:8080", "BASE_URL"},
		{"BASE_URL", "ftp://x.test", "BASE_URL"},
		{"RESOLVERS", "1.1.1.1", "RESOLVERS"},
		{"ROLES", "web,cook", "cook"},
		{"SIGNUP", "maybe", "SIGNUP"},
		{"TLS_CERT", "only.pem", "TLS_CERT"},
		{"NAMESERVERS", "ns1.x.test=here", "NAMESERVERS"},
		{"MX_HOSTS", "=192.0.2.1", "MX_HOSTS"},
		{"RETENTION_RAW", "90 days", "RETENTION_RAW"},
		{"CHECK_MIN_INTERVAL", "48h", "CHECK_MIN_INTERVAL"},
		{"OUTBOUND_ALLOW", "127.0.0.1", "OUTBOUND_ALLOW"},
		{"HSTS_PRELOAD", "true", "HSTS_PRELOAD"},
		{"DATABASE_URL", "postgres://x", "SECRET_KEY"},
		{"LIMIT_DOMAINS", "many", "LIMIT_DOMAINS"},
	} {
		_, err := readConfig(env.Options{Environment: map[string]string{c.key: c.value}})
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s: %v", c.key, c.value, err)
		}
	}
}

func TestSecretKeyIsKept(t *testing.T) {
	t.Parallel()
	c := config{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "data", "x.db")}
	first, err := c.secretKey()
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.secretKey()
	if err != nil || !slices.Equal(first, second) {
		t.Errorf("the second start has another key: %v", err)
	}
	c.SecretKey = "too short"
	if _, err := c.secretKey(); err == nil {
		t.Error("a short key is taken")
	}
}

func TestHostsWithSeveralAddresses(t *testing.T) {
	t.Parallel()
	hosts, err := parseHosts("X", []string{"NS1.x.test.=192.0.2.1", "ns1.x.test=2001:db8::1", "ns2.x.test"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, h := range hosts {
		got[h.Name] = len(h.Addrs)
	}
	if !maps.Equal(got, map[string]int{"ns1.x.test": 2, "ns2.x.test": 0}) {
		t.Errorf("got %v", got)
	}
}
