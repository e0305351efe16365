package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsHandler serves /metrics from the counters that the parts keep
// themselves, read at the moment of the request.
func (n *node) metricsHandler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), nodeCollector{n})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// nodeCollector turns snapshots into metrics.
type nodeCollector struct{ n *node }

// Describe implements prometheus.Collector: the metrics are not known beforehand.
func (nodeCollector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c nodeCollector) Collect(out chan<- prometheus.Metric) {
	c.collectDNS(out)
	for name, count := range c.n.counts.Snapshot() {
		counter(out, "sealpost_job_runs_total", "Runs of a job since the start.", count.Runs, "job", name)
		counter(out, "sealpost_job_errors_total", "Runs of a job that failed.", count.Errors, "job", name)
		counter(out, "sealpost_job_panics_total", "Runs of a job that panicked.", count.Panics, "job", name)
	}
	if !c.n.ready.Load() {
		return // the database has not been reached yet
	}
	c.collectSMTP(out)
	c.collectIntake(out)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if pending, err := c.n.store.PendingDeliveries(ctx); err == nil {
		gauge(out, "sealpost_deliveries_pending", "Deliveries that wait to be read.", float64(pending))
	}
}

func (c nodeCollector) collectDNS(out chan<- prometheus.Metric) {
	gauge(out, "sealpost_zone_age_seconds", "Time since the zone was last known to be up to date.", c.n.zone.Age().Seconds())
	if c.n.dns == nil {
		return
	}
	s := c.n.dns.Stats()
	for qtype, count := range s.Queries {
		counter(out, "sealpost_dns_queries_total", "Answered queries by type.", count, "type", qtype)
	}
	for rcode, count := range s.Answers {
		counter(out, "sealpost_dns_answers_total", "Replies by response code.", count, "rcode", rcode)
	}
	counter(out, "sealpost_dns_rrl_dropped_total", "Queries without a reply because of the rate limit.", s.Dropped)
	counter(out, "sealpost_dns_rrl_slipped_total", "Queries answered with TC only because of the rate limit.", s.Slipped)
	counter(out, "sealpost_dns_truncated_total", "Replies that did not fit.", s.Truncated)
	counter(out, "sealpost_dns_ignored_total", "Packets that must not be answered.", s.Ignored)
	counter(out, "sealpost_dns_send_failures_total", "Replies that could not be sent.", s.Failed)
	counter(out, "sealpost_dns_panics_total", "Defects survived; the log has them.", s.Panics)
	for transport, count := range map[string]uint64{"udp": s.UDP, "tcp": s.TCP} {
		counter(out, "sealpost_dns_received_total", "Queries by transport.", count, "transport", transport)
	}
	gauge(out, "sealpost_dns_tcp_connections", "Open TCP connections.", float64(s.TCPOpen))
	if age, written := c.n.zone.SnapshotAge(); written {
		gauge(out, "sealpost_zone_snapshot_age_seconds", "Age of the zone on disk.", age.Seconds())
	}
	if z := c.n.dns.Zone(); z != nil {
		gauge(out, "sealpost_zone_records", "Hosted records in the zone.", float64(z.Len()))
		gauge(out, "sealpost_zone_serial", "Serial of the zone.", float64(z.Serial()))
	}
}

func (c nodeCollector) collectIntake(out chan<- prometheus.Metric) {
	commits, stored := c.n.intake.Stored()
	counter(out, "sealpost_intake_commits_total", "Commits of accepted deliveries.", uint64(commits))
	counter(out, "sealpost_intake_stored_total", "Accepted deliveries.", uint64(stored))
	full := 0.0
	if c.n.intake.StorageFull() {
		full = 1
	}
	gauge(out, "sealpost_storage_full", "1 while deliveries are put off for want of space.", full)
}

func (c nodeCollector) collectSMTP(out chan<- prometheus.Metric) {
	if c.n.smtp == nil {
		return
	}
	s := c.n.smtp.Stats()
	gauge(out, "sealpost_smtp_sessions", "Open SMTP sessions.", float64(s.Open))
	for what, count := range map[string]int64{
		"accepted": s.Messages, "deferred": s.Deferred, "bare-line-ends": s.BareLineEnds,
		"too-large": s.TooLarge, "no-room": s.NoRoom, "timed-out": s.TimedOut, "lost": s.Lost,
	} {
		counter(out, "sealpost_smtp_messages_total", "Messages by outcome.", uint64(count), "outcome", what)
	}
	counter(out, "sealpost_smtp_connections_total", "SMTP connections.", uint64(s.Connections))
	counter(out, "sealpost_smtp_paced_total", "Messages that waited because their network sends too many.", uint64(s.Paced))
	counter(out, "sealpost_smtp_unknown_recipients_total", "Recipients answered 550.", uint64(s.UnknownRecipients))
}

// counter and gauge take labels as pairs of name and value.
func counter(out chan<- prometheus.Metric, name, help string, value uint64, labels ...string) {
	emit(out, prometheus.CounterValue, name, help, float64(value), labels)
}

func gauge(out chan<- prometheus.Metric, name, help string, value float64, labels ...string) {
	emit(out, prometheus.GaugeValue, name, help, value, labels)
}

func emit(out chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}
