package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/jobs"
)

// scrape reads the metrics of a node: the name with its labels, and the value.
func scrape(t *testing.T, n *node) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	n.metricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil && !strings.HasPrefix(name, "#") {
			values[name] = v
		}
	}
	return values
}

func wantMetrics(t *testing.T, n *node, want map[string]float64) {
	t.Helper()
	got := scrape(t, n)
	for name, value := range want {
		if v, ok := got[name]; !ok || v != value {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, value)
		}
	}
}

// TestNameServerMetrics: what was asked and answered is counted by type and by
// response code, and every query that the rate limit has touched is counted.
func TestNameServerMetrics(t *testing.T) {
	t.Parallel()
	n := newWorld(t).startNode(t, "DNS_RRL=1")
	server := n.dns.Addr().String()
	for _, q := range []struct {
		name  string
		qtype uint16
	}{
		{"tls.sealpost.test", dns.TypeSOA}, {"tls.sealpost.test", dns.TypeNS}, {"rpt.tls.sealpost.test", dns.TypeMX},
		{"rpt.tls.sealpost.test", dns.TypeTXT}, {"no.tls.sealpost.test", dns.TypeTXT}, {"example.com", dns.TypeA}, {"tls.sealpost.test", dns.TypeLOC},
	} {
		ask(t, "tcp", server, q.name, q.qtype) // which the rate limit lets pass
	}
	wantMetrics(t, n, map[string]float64{
		`sealpost_dns_queries_total{type="TXT"}`: 2, `sealpost_dns_queries_total{type="SOA"}`: 1, `sealpost_dns_queries_total{type="NS"}`: 1,
		`sealpost_dns_queries_total{type="MX"}`: 1, `sealpost_dns_queries_total{type="A"}`: 1, `sealpost_dns_queries_total{type="other"}`: 1,
		`sealpost_dns_answers_total{rcode="NOERROR"}`: 5, `sealpost_dns_answers_total{rcode="NXDOMAIN"}`: 1, `sealpost_dns_answers_total{rcode="REFUSED"}`: 1,
		`sealpost_dns_received_total{transport="tcp"}`: 7, `sealpost_dns_received_total{transport="udp"}`: 0,
		`sealpost_dns_rrl_dropped_total`: 0, `sealpost_dns_rrl_slipped_total`: 0, `sealpost_dns_panics_total`: 0,
		`sealpost_zone_serial`: float64(n.dns.Zone().Serial()), `sealpost_zone_records`: float64(n.dns.Zone().Len()),
	})
	const flood = 200
	slipped := floodWith(t, n, flood)
	got := scrape(t, n)
	if got["sealpost_dns_rrl_slipped_total"] != slipped || got["sealpost_dns_rrl_dropped_total"] < slipped {
		t.Errorf("%v slipped, %v dropped; %v came with TC", got["sealpost_dns_rrl_slipped_total"], got["sealpost_dns_rrl_dropped_total"], slipped)
	}
}

// floodWith asks many times at once, and gives the number of replies that had TC.
func floodWith(t *testing.T, n *node, queries int) (truncated float64) {
	t.Helper()
	conn, err := net.Dial("udp", n.dns.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	before := scrape(t, n)[`sealpost_dns_queries_total{type="SOA"}`]
	for id := range queries {
		m := new(dns.Msg)
		m.SetQuestion("tls.sealpost.test.", dns.TypeSOA)
		m.Id = uint16(id)
		packet, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all queries are decided", func() bool {
		got := scrape(t, n)
		return got[`sealpost_dns_queries_total{type="SOA"}`]-before+got["sealpost_dns_rrl_dropped_total"] == float64(queries)
	})
	conn.SetReadDeadline(time.Now().Add(hang))
	reply := make([]byte, 512)
	for range queries - int(scrape(t, n)["sealpost_dns_rrl_dropped_total"]) {
		if _, err := conn.Read(reply); err != nil {
			t.Fatal(err)
		}
		if reply[2]&2 != 0 {
			truncated++
		}
	}
	return truncated
}

// TestZoneTooOld: a node whose zone was not brought up to date for a minute
// says how old it is and is not ready, although its database answers.
func TestZoneTooOld(t *testing.T) {
	t.Parallel()
	n := newWorld(t).startNode(t)
	content, err := n.config.zoneContent()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	old := &node{store: n.store, counts: n.counts, zone: &jobs.ZoneKeeper{
		Store: n.store, Zone: n.config.names(), Content: content, Now: func() time.Time { return now },
		Log: slog.New(slog.DiscardHandler), Serve: func(*nameserver.Zone) {},
	}}
	if err := old.zone.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		ready bool
	}{{0, true}, {time.Minute, true}, {61 * time.Second, false}} {
		now = now.Add(c.after - old.zone.Age())
		wantMetrics(t, old, map[string]float64{"sealpost_zone_age_seconds": c.after.Seconds()})
		if err := old.health(t.Context()); (err == nil) != c.ready {
			t.Errorf("after %s: %v", c.after, err)
		}
	}
}

// TestMetricsSwitchedOff: an empty METRICS_ADDR opens no listener; a missing one does.
func TestMetricsSwitchedOff(t *testing.T) {
	t.Parallel()
	if n := newWorld(t).startNode(t, "METRICS_ADDR="); n.metrics.socket != nil || n.scraping != nil {
		t.Error("metrics are served on", n.metrics.socket.Addr())
	}
	c, err := readConfig(env.Options{Environment: map[string]string{}})
	if err != nil || c.MetricsAddr != "127.0.0.1:9464" {
		t.Error(c.MetricsAddr, err)
	}
}
