package models_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"pgregory.net/rapid"
)

// content is what a report says.
type content struct {
	Domain, Day, ID, Version int
	Contact                  string
}

// arrival is one copy of a report on its way in: what it says, and how it came.
type arrival struct {
	content
	Reporter string
	Trust    models.Trust
	Whole    bool // false when policies that name no domain could not be placed
}

func genContent(t *rapid.T) content {
	seldom := rapid.SampledFrom([]int{0, 0, 0, 1})
	return content{
		Domain: seldom.Draw(t, "domain"), Day: seldom.Draw(t, "day"), ID: seldom.Draw(t, "id"), Version: rapid.IntRange(0, 2).Draw(t, "version"),
		Contact: rapid.SampledFrom([]string{"a.example", "elsewhere.example"}).Draw(t, "contact"),
	}
}

// genArrivals makes a few contents and many copies of them.
func genArrivals(t *rapid.T) []arrival {
	contents := rapid.SliceOfN(rapid.Custom(genContent), 1, 4).Draw(t, "contents")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) arrival {
		return arrival{
			content:  rapid.SampledFrom(contents).Draw(t, "content"),
			Reporter: rapid.SampledFrom([]string{"a.example", "b.example", "c.example"}).Draw(t, "reporter"),
			Trust:    rapid.SampledFrom([]models.Trust{models.Verified, models.Posted, models.Uploaded, models.Unverified}).Draw(t, "trust"),
			Whole:    rapid.Bool().Draw(t, "whole"),
		}
	}), 2, 12).Draw(t, "arrivals")
}

func (a arrival) report(w *world, d models.Domain) models.FullReport {
	w.domain = d
	ok, failed := int64(10), int64(a.Version)
	r := w.report(a.Reporter, fmt.Sprint(a.ID), day-models.Day(a.Day), ok, failed)
	r.Trust, r.Contact = a.Trust, "tls@mail."+a.Contact
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", a.Day, a.ID, a.Version, a.Contact))
	r.ContentHash = hash[:]
	if failed > 0 {
		r = failing(r, "certificate-expired", "mx", "192.0.2.0/24", failed)
	}
	if a.Whole {
		r.Policies = append(r.Policies, models.PolicyResult{Seq: 1, PolicyType: "no-policy-found", Successful: 3, Counted: true})
		r.Successful += 3
	}
	return r
}

// bring judges arrivals in an order, cut into batches, in an account that has
// nothing else, and gives the counts that come of it.
func bring(t *rapid.T, w *world, arrivals []arrival, batchSizes []int) []string {
	n := w.count("accounts", "true")
	w.account = testkit.Account(w.t, w.store, fmt.Sprintf("order%d@example.test", n))
	domains := []models.Domain{testkit.Domain(w.t, w.store, w.account, "one.example"), testkit.Domain(w.t, w.store, w.account, "two.example")}
	w.domain = domains[0]
	w.deliver(len(arrivals))
	claimed := w.claim("node")
	if len(claimed) != len(arrivals) {
		t.Fatalf("claimed %d of %d", len(claimed), len(arrivals))
	}
	for i := 0; len(arrivals) > 0; i++ {
		size := min(batchSizes[i%len(batchSizes)], len(arrivals))
		var batch []models.Judged
		for k, a := range arrivals[:size] {
			d := claimed[k]
			d.State = models.DeliveryCounted
			batch = append(batch, models.Judged{Delivery: d, Reports: []models.FullReport{a.report(w, domains[a.Domain])}})
		}
		if err := w.store.SaveJudged(w.ctx, "node", batch); err != nil {
			t.Fatal(err)
		}
		arrivals, claimed = arrivals[size:], claimed[size:]
	}
	w.accountDaysAgree()
	w.cellsAgree(t)
	return w.rollups(domains...)
}

// cellsAgree checks every cell against the reports that it is made of.
func (w *world) cellsAgree(t *rapid.T) {
	cells := w.rows(0, "SELECT domain_id AS a, day AS b, reporter AS c, successful AS d, failed AS e, reports AS f FROM daily_totals WHERE account_id = ? ORDER BY domain_id, day, reporter", w.account.ID)
	rows := w.rows(0, "SELECT domain_id AS a, day AS b, reporter AS c, SUM(successful) AS d, SUM(failed) AS e, COUNT(*) AS f FROM reports WHERE account_id = ? AND standing = 'counted' GROUP BY domain_id, day, reporter ORDER BY domain_id, day, reporter", w.account.ID)
	if !slices.Equal(cells, rows) {
		t.Fatalf("the cells are\n%q, their rows\n%q", cells, rows)
	}
}

// G37: the order in which reports arrive, and the batches that they are read
// in, never make a difference.
func TestOrderOfArrivalMakesNoDifference(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		arrivals := genArrivals(t)
		other := rapid.Permutation(arrivals).Draw(t, "order")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 4).Draw(t, "batches")
		one, two := bring(t, w, arrivals, []int{100}), bring(t, w, other, sizes)
		if !slices.Equal(one, two) {
			t.Fatalf("in one order\n%q\nin the other\n%q", one, two)
		}
	})
}
