package models_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

func TestCountsOfReports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what    string
		reports func(w *world) []models.FullReport
		states  []models.DeliveryState
		trend   models.DaySum
	}{
		{"one", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1)}
		}, []models.DeliveryState{"counted"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"two of one reporter", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), w.report("r.example", "2", day, 7, 0)}
		}, []models.DeliveryState{"counted", "counted"}, models.DaySum{Day: day, Successful: 12, Failed: 1, Reports: 2}},
		{"the same id of two reporters", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), w.report("s.example", "1", day, 7, 0)}
		}, []models.DeliveryState{"counted", "counted"}, models.DaySum{Day: day, Successful: 12, Failed: 1, Reports: 2}},
		{"a duplicate", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), w.report("r.example", "1", day, 5, 1)}
		}, []models.DeliveryState{"counted", "duplicate"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"a revision with more", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), w.report("r.example", "1", day, 6, 1)}
		}, []models.DeliveryState{"counted", "counted"}, models.DaySum{Day: day, Successful: 6, Failed: 1, Reports: 1}},
		{"a revision with less", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), w.report("r.example", "1", day, 4, 1)}
		}, []models.DeliveryState{"counted", "counted"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"a revision with more, proven worse", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), by(models.Uploaded, w.report("r.example", "1", day, 60, 1))}
		}, []models.DeliveryState{"counted", "counted"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"unverified only", func(w *world) []models.FullReport {
			return []models.FullReport{by(models.Unverified, w.report("r.example", "1", day, 5, 1))}
		}, []models.DeliveryState{"unverified"}, models.DaySum{}},
		{"unverified beside", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 5, 1), by(models.Unverified, w.report("r.example", "1", day, 500, 1))}
		}, []models.DeliveryState{"counted", "unverified"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"verified after all", func(w *world) []models.FullReport {
			return []models.FullReport{by(models.Unverified, w.report("r.example", "1", day, 5, 1)), w.report("r.example", "1", day, 5, 1)}
		}, []models.DeliveryState{"unverified", "counted"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"uploaded, then by mail", func(w *world) []models.FullReport {
			return []models.FullReport{by(models.Uploaded, w.report("r.example", "1", day, 5, 1)), w.report("signer.example", "1", day, 5, 1)}
		}, []models.DeliveryState{"duplicate", "counted"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"by mail, then uploaded", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("signer.example", "1", day, 5, 1), by(models.Uploaded, w.report("r.example", "1", day, 5, 1))}
		}, []models.DeliveryState{"counted", "duplicate"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"posted, then uploaded", func(w *world) []models.FullReport {
			return []models.FullReport{by(models.Posted, w.report("r.example", "1", day, 5, 1)), by(models.Uploaded, w.report("r.example", "1", day, 5, 1))}
		}, []models.DeliveryState{"counted", "duplicate"}, models.DaySum{Day: day, Successful: 5, Failed: 1, Reports: 1}},
		{"a revision that turns out to be another's", func(w *world) []models.FullReport {
			return []models.FullReport{
				by(models.Uploaded, w.report("r.example", "1", day, 5, 1)), by(models.Uploaded, w.report("r.example", "1", day, 7, 1)),
				w.report("signer.example", "1", day, 7, 1),
			}
		}, []models.DeliveryState{"counted", "duplicate", "counted"}, models.DaySum{Day: day, Successful: 12, Failed: 2, Reports: 2}},
		{"nothing stated", func(w *world) []models.FullReport {
			return []models.FullReport{w.report("r.example", "1", day, 0, 0)}
		}, []models.DeliveryState{"counted"}, models.DaySum{Day: day, Reports: 1}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var ids []string
			for _, r := range c.reports(w) {
				ids = append(ids, w.judge(r).ID)
			}
			for i, id := range ids {
				if d, err := w.store.Delivery(w.ctx, w.account.ID, id); err != nil || d.State != c.states[i] {
					t.Errorf("delivery %d is %s, want %s, %v", i+1, d.State, c.states[i], err)
				}
			}
			days, err := w.store.Trend(w.ctx, w.domain, models.Span{From: day - 1, To: day + 1})
			if c.trend.Day == 0 && len(days) == 0 && err == nil {
				return
			}
			if err != nil || len(days) != 1 || days[0] != c.trend {
				t.Errorf("trend %+v, want %+v, %v", days, c.trend, err)
			}
			w.accountDaysAgree()
		})
	}
}

func TestBetterProofTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	upload := by(models.Uploaded, w.report("claimed.example", "1", day, 5, 1))
	upload.Policies[0].Mode = "testing"
	w.judge(upload)
	first := w.onlyReport()
	full := failing(w.report("signer.example", "1", day, 15, 1), "certificate-expired", "mx", "", 1)
	full.ContentHash, full.Contact = upload.ContentHash, upload.Contact // the token places more policies than the upload could
	mail := w.judge(full)

	got, err := w.store.Report(w.ctx, w.account.ID, first.ID)
	if err != nil || got.Trust != models.Verified || got.Reporter != "signer.example" || got.Successful != 15 || got.DeliveryID != mail.ID ||
		got.Standing != models.Counted || len(got.Policies) != 1 || got.Policies[0].Mode != "enforce" || len(got.Failures) != 1 {
		t.Errorf("the report is now %+v, %v", got, err)
	}
	if shares := w.sums(day, day).Reporters; len(shares) != 1 || shares[0] != (ledger.Share{Name: "signer.example", Successful: 15, Failed: 1}) {
		t.Errorf("reporters %+v", shares)
	}
}

func (w *world) onlyReport() models.Report {
	w.t.Helper()
	reports, total, err := w.store.Reports(w.ctx, w.domain, models.ReportFilter{Limit: 10})
	if err != nil || total != 1 || len(reports) != 1 {
		w.t.Fatalf("%d reports, %v", total, err)
	}
	return reports[0]
}

// G37: who signs a copy of another's report with a key of their own does not
// take it over, whether they come first or last.
func TestForgedCopyTakesNothing(t *testing.T) {
	t.Parallel()
	for _, forgedFirst := range []bool{true, false} {
		w := newWorld(t)
		genuine := w.report("google.com", "1", day, 5, 1)
		forged := genuine
		forged.Reporter = "aaa.example"
		forged.Policies = slices.Clone(genuine.Policies)
		if forgedFirst {
			w.judge(forged)
			w.judge(genuine)
		} else {
			w.judge(genuine)
			w.judge(forged)
		}
		if r := w.onlyReport(); r.Reporter != "google.com" || r.Standing != models.Counted {
			t.Errorf("forged first %v: it counts for %s", forgedFirst, r.Reporter)
		}
	}
}

func TestSupersededRevisionStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.judge(failing(w.report("r.example", "1", day, 5, 3), "certificate-expired", "old", "", 3))
	w.judge(failing(w.report("r.example", "1", day, 9, 2), "certificate-expired", "new", "", 2))
	reports, _, err := w.store.Reports(w.ctx, w.domain, models.ReportFilter{Limit: 10})
	w.must(err)
	standing := map[int64]models.Standing{}
	for _, r := range reports {
		standing[r.Successful] = r.Standing
	}
	if standing[5] != models.Superseded || standing[9] != models.Counted {
		t.Errorf("standings %v", standing)
	}
	if problems, err := w.store.Problems(w.ctx, w.domain, models.Span{From: day, To: day}); err != nil || len(problems) != 1 || problems[0].ReceivingMX != "new" {
		t.Errorf("problems %+v, %v", problems, err)
	}
}

func TestPoliciesOfOthersAreNotCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.report("r.example", "1", day, 5, 1)
	r.Policies = append(r.Policies, models.PolicyResult{Seq: 1, PolicyType: "sts", PolicyDomain: "other.example", Successful: 100, Failed: 50})
	r.Failures = []models.FailureDetail{{PolicySeq: 0, ResultType: "a", Sessions: 1}, {PolicySeq: 1, ResultType: "b", Sessions: 50}}
	w.judge(r)
	sum := w.sums(day, day)
	if got := sum.Policies; len(got) != 1 || got[0].Successful != 5 {
		t.Errorf("policies %+v", got)
	}
	if got := sum.Results; len(got) != 1 || got[0].Name != "a" {
		t.Errorf("result types %+v", got)
	}
}

func TestBatchMayRunTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver(2)
	var batch []models.Judged
	for i, d := range w.claim("node") {
		d.State = models.DeliveryCounted
		batch = append(batch, models.Judged{Delivery: d, Reports: []models.FullReport{w.report("r.example", fmt.Sprint(i), day, 5, 1)}})
	}
	w.must(w.store.SaveJudged(w.ctx, "node", batch))
	before := w.rollups(w.domain)
	w.must(w.store.SaveJudged(w.ctx, "node", batch))
	w.must(w.store.WriteDB().Exec("UPDATE deliveries SET state = 'pending', claimed_by = 'node'").Error)
	w.must(w.store.SaveJudged(w.ctx, "node", batch)) // as after a crash that lost the state alone
	if after := w.rollups(w.domain); !slices.Equal(before, after) {
		t.Errorf("counts before\n%q\nand after\n%q", before, after)
	}
	if n := w.count("reports", "true"); n != 2 {
		t.Errorf("%d reports", n)
	}
}

func TestReportOfARemovedDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.report("r.example", "1", day, 5, 1)
	upload := w.delivery("upload")
	upload.DomainID = nil
	w.must(w.store.SaveDeliveries(w.ctx, []models.NewDelivery{upload}))
	claimed := w.claim("node")
	w.must(w.store.RemoveDomain(w.ctx, w.account.ID, "example.com"))
	claimed[0].State = models.DeliveryCounted
	w.must(w.store.SaveJudged(w.ctx, "node", []models.Judged{{Delivery: claimed[0], Reports: []models.FullReport{r}}}))
	if n := w.count("reports", "true") + w.count("daily_totals", "true") + w.count("account_days", "true"); n != 0 {
		t.Errorf("%d rows of a domain that is gone", n)
	}
}

func TestReportersAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.clock.Now()
	w.judge(w.report("r.example", "1", day, 5, 1), by(models.Unverified, w.report("forged.example", "2", day, 5, 1)))
	late := w.report("r.example", "3", day-1, 5, 1)
	late.ReceivedAt = start.AddDate(0, 0, -3)
	w.judge(late)
	got, err := w.store.NewReporters(w.ctx, w.account.ID, start.AddDate(0, 0, -9), 10)
	if err != nil || len(got) != 1 || got[0].Identity != "r.example" || got[0].Name != "example.com" || !got[0].FirstSeen.Equal(late.ReceivedAt) {
		t.Errorf("reporters %+v, %v", got, err)
	}
}

// batches gives each of several nodes claimed deliveries with the reports that
// make makes, and saves them all at once.
func (w *world) batches(nodes, each int, reports func(node, i int) []models.FullReport) {
	w.t.Helper()
	deliveries := w.deliver(nodes * each)
	w.claim("node")
	var g errgroup.Group
	for n := range nodes {
		var batch []models.Judged
		for i := range each {
			j := models.Judged{Delivery: deliveries[n*each+i].Delivery, Reports: reports(n, i)}
			j.Delivery.State, j.Delivery.DomainID = models.DeliveryCounted, &j.Reports[0].DomainID
			batch = append(batch, j)
		}
		g.Go(func() error { return w.store.SaveJudged(w.ctx, "node", batch) })
	}
	w.must(g.Wait())
	w.accountDaysAgree()
}

// Batches about different domains of an account, on several nodes at once and
// with days and reporters in different orders, neither fail nor lose counts.
func TestManyBatchesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const nodes, each = 6, 12
	var domains []models.Domain
	for n := range nodes {
		domains = append(domains, testkit.Domain(t, w.store, w.account, fmt.Sprintf("d%d.example", n)))
	}
	w.batches(nodes, each, func(n, i int) []models.FullReport {
		w.domain = domains[n]
		return []models.FullReport{w.report(fmt.Sprintf("r%d.example", (i*7+n)%each), fmt.Sprint(n, i), day-models.Day((i*5+n)%each), 2, 1)}
	})
	days, err := w.store.AccountTrend(w.ctx, w.account.ID, models.Span{From: day - each, To: day})
	w.must(err)
	var sum models.DaySum
	for _, d := range days {
		sum.Successful, sum.Failed, sum.Reports = sum.Successful+d.Successful, sum.Failed+d.Failed, sum.Reports+d.Reports
	}
	if sum != (models.DaySum{Successful: 2 * nodes * each, Failed: nodes * each, Reports: nodes * each}) {
		t.Errorf("the sum is %+v", sum)
	}
}

// Copies and revisions of one report that nodes save at once count once.
func TestRevisionsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const nodes = 8
	w.batches(nodes, 2, func(n, i int) []models.FullReport {
		if i == 0 {
			return []models.FullReport{w.report("r.example", "revised", day, int64(100+n), 0)}
		}
		return []models.FullReport{w.report("r.example", "copied", day, 1000, 0)}
	})
	want := models.DaySum{Day: day, Successful: 1000 + 100 + nodes - 1, Reports: 2}
	if days, err := w.store.Trend(w.ctx, w.domain, models.Span{From: day, To: day}); err != nil || len(days) != 1 || days[0] != want {
		t.Errorf("they count %+v, want %+v, %v", days, want, err)
	}
	if n := w.count("deliveries", "state = 'duplicate'"); n != nodes-1 {
		t.Errorf("%d deliveries are duplicates, want %d", n, nodes-1)
	}
}
