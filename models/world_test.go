package models_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// day is the UTC day that the test's reports are about: the day before its clock.
const day = models.Day(20618)

// world is a database with one account and one domain.
type world struct {
	t       testing.TB
	ctx     context.Context
	clock   *testkit.Clock
	url     string
	store   *models.Store
	account models.Account
	domain  models.Domain
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), clock: testkit.NewClock(), url: testkit.DatabaseURL(t)}
	w.store = testkit.OpenStore(t, w.url, w.clock)
	w.account = testkit.Account(t, w.store, "a@example.test")
	w.domain = testkit.Domain(t, w.store, w.account, "example.com")
	return w
}

func onSQLite(t *testing.T) {
	t.Helper()
	if os.Getenv(testkit.PostgresEnv) != "" {
		t.Skip("about SQLite only")
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// deliver stores n deliveries by mail for the domain.
func (w *world) deliver(n int) []models.NewDelivery {
	w.t.Helper()
	group := make([]models.NewDelivery, n)
	for i := range group {
		group[i] = w.delivery(fmt.Sprintf("body %d", i))
	}
	w.must(w.store.SaveDeliveries(w.ctx, group))
	return group
}

func (w *world) delivery(body string) models.NewDelivery {
	hash, domain := sha256.Sum256([]byte(body)), w.domain.ID
	return models.NewDelivery{
		Delivery: models.Delivery{
			ID: models.NewDeliveryID(), AccountID: w.account.ID, DomainID: &domain, Via: models.ViaMail,
			ReceivedAt: w.clock.Now(), Size: int64(len(body)), BodyHash: hash[:],
		},
		Body: []byte(body),
	}
}

// claim takes everything that is due for a holder.
func (w *world) claim(holder string) []models.Delivery {
	w.t.Helper()
	claimed, err := w.store.ClaimPendingDeliveries(w.ctx, holder, 1000, time.Minute)
	w.must(err)
	return claimed
}

// judge brings reports in by one delivery and gives it as it is afterwards.
func (w *world) judge(reports ...models.FullReport) models.Delivery {
	w.t.Helper()
	id := w.deliver(1)[0].ID
	state := models.DeliveryCounted
	for i := range reports {
		reports[i].DeliveryID = id
		if reports[i].Trust == models.Unverified {
			state = models.DeliveryUnverified
		}
	}
	for _, d := range w.claim("judge") {
		d.State = state
		w.must(w.store.SaveJudged(w.ctx, "judge", []models.Judged{{Delivery: d, Reports: reports}}))
	}
	d, err := w.store.Delivery(w.ctx, w.account.ID, id)
	w.must(err)
	return d
}

// report makes a verified report of reporter about one day of the domain. Its
// content is told apart by its id and numbers.
func (w *world) report(reporter, id string, on models.Day, successful, failed int64) models.FullReport {
	hash := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %d", id, on, successful, failed))
	return models.FullReport{
		Report: models.Report{
			DomainID: w.domain.ID, AccountID: w.account.ID, Reporter: reporter, Organization: "Org", ReportID: id,
			Contact: "tls@" + reporter, StartAt: on.Time(), EndAt: (on + 1).Time(), Day: on, ContentHash: hash[:],
			Trust: models.Verified, Stated: true, Successful: successful, Failed: failed, ReceivedAt: w.clock.Now(),
		},
		Policies: []models.PolicyResult{{
			Seq: 0, PolicyType: "sts", PolicyDomain: "example.com", Mode: "enforce", Successful: successful, Failed: failed, Counted: true,
		}},
	}
}

// failing adds a failure detail to the first policy of a report.
func failing(r models.FullReport, resultType, mx, network string, sessions int64) models.FullReport {
	r.Failures = append(r.Failures, models.FailureDetail{
		Seq: len(r.Failures), ResultType: resultType, ReceivingMXHostname: mx, SendingNetwork: network, Sessions: sessions,
	})
	return r
}

func by(trust models.Trust, r models.FullReport) models.FullReport {
	r.Trust = trust
	return r
}

// rollups shows all counts of the given domains and of the account, without
// ids that differ from one run to the next.
func (w *world) rollups(domains ...models.Domain) []string {
	w.t.Helper()
	var out []string
	for i, d := range domains {
		for _, q := range []string{
			"SELECT 'total' AS a, day AS b, reporter AS c, successful AS d, failed AS e, reports AS f FROM daily_totals WHERE domain_id = ? ORDER BY day, reporter",
			"SELECT 'policy' AS a, day AS b, reporter AS c, policy_type AS d, successful AS e, failed AS f FROM daily_policies WHERE domain_id = ? ORDER BY day, reporter, policy_type, mode",
			"SELECT 'failure' AS a, day AS b, reporter AS c, result_type AS d, receiving_mx AS e, sessions AS f FROM daily_failures WHERE domain_id = ? ORDER BY day, reporter, result_type, receiving_mx",
		} {
			out = append(out, w.rows(i, q, d.ID)...)
		}
	}
	out = append(out, w.rows(-1, "SELECT 'account' AS a, day AS b, '' AS c, successful AS d, failed AS e, reports AS f FROM account_days WHERE account_id = ? ORDER BY day", w.account.ID)...)
	return append(out, w.rows(-1, "SELECT 'reporter' AS a, identity AS b, '' AS c, '' AS d, '' AS e, first_seen AS f FROM reporters WHERE account_id = ? ORDER BY identity", w.account.ID)...)
}

func (w *world) rows(i int, query string, args ...any) []string {
	w.t.Helper()
	var rows []struct{ A, B, C, D, E, F string }
	w.must(w.store.WriteDB().Raw(query, args...).Scan(&rows).Error)
	out := make([]string, len(rows))
	for k, r := range rows {
		out[k] = fmt.Sprintf("%d %s %s %s %s %s %s", i, r.A, r.B, r.C, r.D, r.E, r.F)
	}
	return out
}

// count counts the rows of a table that a condition picks.
func (w *world) count(table, where string, args ...any) int64 {
	w.t.Helper()
	var n int64
	w.must(w.store.WriteDB().Table(table).Where(where, args...).Count(&n).Error)
	return n
}
