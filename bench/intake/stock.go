package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// stock makes a database that holds so many reports, each with one policy and
// two failure details, of 1 000 domains and ten reporters.
func stock(ctx context.Context, file, rows string) error {
	n, err := strconv.Atoi(rows)
	if err != nil {
		return err
	}
	f := &field{data: file}
	store, err := f.open(ctx)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() + "?_journal_mode=WAL&_synchronous=OFF&_cache_size=-400000"
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range stockStatements {
		began := time.Now()
		if _, err := db.ExecContext(ctx, statement, n); err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", statement[:40], time.Since(began).Round(time.Second))
	}
	return nil
}

// numbered counts to the number of rows; domain after domain, as tables are
// that have grown by day and were read once.
const numbered = `WITH RECURSIVE seq(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM seq WHERE n + 1 < ?),
	k AS (SELECT n, printf('01900000-0000-7000-8000-%012d', n % 1000) AS domain, printf('01900000-0000-7000-9000-%012d', n) AS id FROM seq) `

var stockStatements = []string{
	`INSERT INTO reports (domain_id, id, account_id, delivery_id, reporter, organization, report_id, contact, start_at, end_at, day,
		content_hash, key_hash, trust, standing, stated, successful, failed, foreign_policies, warnings, received_at) ` + numbered + `
	SELECT domain, id, 'stock', id, 'reporter' || (n / 1000 % 10) || '.test', 'Stock', n, 'tls@reporter.test', '2026-01-01 00:00:00+00:00', '2026-01-02 00:00:00+00:00',
		20000 + n / 10000, randomblob(32), randomblob(32), 'posted', 'counted', true, 1000, 2, 0, '[]', '2026-01-02 04:00:00+00:00' FROM k`,
	`INSERT INTO policy_results (domain_id, report_id, seq, policy_type, policy_domain, mode, policy_strings, mx_hosts,
		successful, successful_stated, failed, failed_stated, counted) ` + numbered + `
	SELECT domain, id, 0, 'sts', 'example.test', 'enforce', '[]', '[]', 1000, true, 2, true, true FROM k`,
	`INSERT INTO failure_details (domain_id, report_id, policy_seq, seq, result_type, sending_mta_ip, sending_network, receiving_mx_hostname,
		receiving_mx_helo, receiving_ip, sessions, reason_code, additional_information) ` + numbered + `
	SELECT domain, id, 0, 0, 'certificate-expired', '192.0.2.1', '192.0.2.0/24', 'mx1.example.test', '', '', 2, '', '' FROM k`,
	`INSERT INTO daily_totals (domain_id, day, reporter, account_id, successful, failed, reports, frozen) ` + numbered + `
	SELECT domain, 20000 + n / 10000, 'reporter' || (n / 1000 % 10) || '.test', 'stock', 1000, 2, 1, false FROM k WHERE true ON CONFLICT DO NOTHING`,
	`INSERT INTO deliveries (id, account_id, domain_id, via, envelope_from, remote_addr, file_name, received_at, size, body_hash,
		state, reason, detail, dkim, dkim_domain, dkim_selector, dkim_reason, reporter, attempts, claimed_by) ` + numbered + `
	SELECT id, 'stock', domain, 'post', '', '', '', '2026-01-02 04:00:00+00:00', 1000, randomblob(32), 'counted', '', '', '', '', '', '', 'reporter.test', 1, '' FROM k`,
}

// stockRound measures an empty and a stocked database side by side.
func stockRound(ctx context.Context, p plan, r results, empty, stocked *field) error {
	for _, one := range []struct {
		name string
		f    *field
	}{{"empty", empty}, {"stocked", stocked}} {
		bodies, err := one.f.bodies(p.posts, 2)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := postAll(ctx, "http://"+one.f.pages+one.f.secret, bodies); err != nil {
			return err
		}
		if err := one.f.settle(ctx); err != nil {
			return err
		}
		r.add("counted, "+one.name, float64(len(bodies))/time.Since(began).Seconds())
		rate, err := one.f.blast(ctx, one.f.mail, 10, max(p.mails, 500))
		if err != nil {
			return err
		}
		r.add("mail C=10, "+one.name, rate)
		if err := one.f.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bodies are reports with so many failure details that were not sent before.
func (f *field) bodies(n, details int) ([][]byte, error) {
	bodies := make([][]byte, n)
	for i := range bodies {
		f.posted++
		data, err := reportOf(f.posted, details).Encode()
		if err != nil {
			return nil, err
		}
		if bodies[i], err = tlsrpt.Gzip(data); err != nil {
			return nil, err
		}
	}
	return bodies, nil
}
