package models_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// twoDomains is a world with a tagged domain and another, each with a report
// that came by mail, of a reporter of its own.
type twoDomains struct {
	*world
	other            models.Domain
	shown, hidden    models.Delivery
	limited, nothing context.Context
}

func newTwoDomains(t *testing.T) twoDomains {
	t.Helper()
	w := newWorld(t)
	two := twoDomains{world: w, other: testkit.Domain(t, w.store, w.account, "example.net")}
	_, err := w.store.TagDomains(w.ctx, w.account.ID, []string{"example.com"}, models.TagChange{Set: []string{"a", "b"}})
	w.must(err)
	_, err = w.store.TagDomains(w.ctx, w.account.ID, []string{"example.net"}, models.TagChange{Set: []string{"c"}})
	w.must(err)
	two.shown = w.judge(failing(w.report("seen.example", "one", day, 90, 10), "certificate-expired", "mx.example.com", "192.0.2.0/24", 10))
	own := w.domain
	w.domain = two.other
	two.hidden = w.judge(failing(w.report("unseen.example", "two", day, 7, 3), "starttls-not-supported", "mx.example.net", "192.0.2.0/24", 3))
	w.domain = own
	two.limited = models.Seeing(w.ctx, w.account.ID, []string{"a", "x"})
	two.nothing = models.Seeing(two.limited, w.account.ID, []string{"c"})
	return two
}

// What a limited sight gives of an account, each asked for as pages do.
func TestALimitedSightHasOnlyItsDomains(t *testing.T) {
	t.Parallel()
	w := newTwoDomains(t)
	account, span := w.account.ID, models.Span{From: day - 3, To: day + 1}
	for name, ask := range map[string]func(ctx context.Context) (n int, unseen bool, err error){
		"domains": func(ctx context.Context) (int, bool, error) {
			rows, n, err := w.store.Domains(ctx, account, models.DomainFilter{Limit: 10})
			return int(n), len(rows) != int(n) || n > 0 && rows[len(rows)-1].Name != "example.com", err
		},
		"domains after a place": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.DomainsAfter(ctx, account, models.DomainFilter{Limit: 10}, "")
			return len(rows), len(rows) > 1, err
		},
		"tags": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.Tags(ctx, account)
			return len(rows) / 2, len(rows) > 2, err
		},
		"reports": func(ctx context.Context) (int, bool, error) {
			rows, totals, err := w.store.ListReports(ctx, account, models.ReportQuery{ReportFilter: models.ReportFilter{Limit: 10}})
			return len(rows), totals.Reports != int64(len(rows)) || totals.Successful > 90, err
		},
		"reports after a place": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.AccountReportsAfter(ctx, account, 10, models.Place{})
			return len(rows), len(rows) > 0 && rows[0].Name != "example.com", err
		},
		"deliveries": func(ctx context.Context) (int, bool, error) {
			rows, n, err := w.store.Deliveries(ctx, account, models.DeliveryFilter{Limit: 10})
			return int(n), len(rows) != int(n), err
		},
		"deliveries after a place": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.DeliveriesAfter(ctx, account, models.DeliveryFilter{Limit: 10}, models.Place{})
			return len(rows), len(rows) > 0 && rows[0].ID != w.shown.ID, err
		},
		"the deliveries counted": func(ctx context.Context) (int, bool, error) {
			n, err := w.store.CountDeliveries(ctx, account, models.DeliveryCounted)
			return int(n), false, err
		},
		"the days of the account": func(ctx context.Context) (int, bool, error) {
			days, err := w.store.AccountTrend(ctx, account, span)
			return len(days), len(days) > 0 && (days[0].Successful != 90 || days[0].Failed != 10 || days[0].Reports != 1), err
		},
		"problems": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.AccountProblems(ctx, account, span, 10)
			return len(rows), len(rows) > 0 && rows[0].ReceivingMX != "mx.example.com", err
		},
		"reporters": func(ctx context.Context) (int, bool, error) {
			rows, n, err := w.store.Reporters(ctx, account, span, 10, 0)
			return int(n), len(rows) > 0 && rows[0].Identity != "seen.example", err
		},
		"identities": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.ReporterIdentities(ctx, account, 10)
			return len(rows), len(rows) > 0 && rows[0] != "seen.example", err
		},
		"new reporters": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.NewReporters(ctx, account, day.Time(), 10)
			return len(rows), len(rows) > 0 && rows[0].Identity != "seen.example", err
		},
		"events": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.AccountEvents(ctx, account, day.Time(), 10)
			return len(rows), len(rows) > 0 && rows[0].Name != "example.com", err
		},
		"recent days": func(ctx context.Context) (int, bool, error) {
			rows, err := w.store.Recents(ctx, account, []string{w.domain.ID, w.other.ID})
			_, unseen := rows[w.other.ID]
			return len(rows), unseen, err
		},
		"bytes": func(ctx context.Context) (int, bool, error) {
			kept, err := w.store.KeptOf(ctx, account, []string{w.shown.ID, w.hidden.ID})
			return len(kept), kept[w.hidden.ID].Body, err
		},
	} {
		if n, unseen, err := ask(w.limited); n != 1 || unseen || err != nil {
			t.Errorf("%s: %d, shows what is not to be seen: %v, %v", name, n, unseen, err)
		}
		if n, _, err := ask(w.nothing); n != 0 || err != nil {
			t.Errorf("%s with tags that no domain has both of: %d, %v", name, n, err)
		}
		if n, _, err := ask(models.Seeing(w.ctx, account, nil)); n != 0 || err != nil {
			t.Errorf("%s with no tags at all: %d, %v", name, n, err)
		}
	}
}

// Single things out of sight are not found, by reading or by changing them.
func TestOutOfSightIsNotFound(t *testing.T) {
	t.Parallel()
	w := newTwoDomains(t)
	ctx, account := w.limited, w.account.ID
	reports, err := w.store.ReportsOfDelivery(w.ctx, account, w.hidden.ID)
	w.must(err)
	for name, ask := range map[string]func() error{
		"a domain":         func() error { _, err := w.store.Domain(ctx, account, "example.net"); return err },
		"a delivery":       func() error { _, err := w.store.Delivery(ctx, account, w.hidden.ID); return err },
		"a report":         func() error { _, err := w.store.Report(ctx, account, reports[0].ID); return err },
		"deleting it":      func() error { return w.store.RemoveDelivery(ctx, account, w.hidden.ID) },
		"replaying it":     func() error { return w.store.ReplayDelivery(ctx, account, w.hidden.ID, "x") },
		"accepting it":     func() error { return w.store.AcceptDelivery(ctx, account, w.hidden.ID, "x") },
		"deleting domains": func() error { return w.store.RemoveDomain(ctx, account, "example.net") },
		"a secret":         func() error { return w.store.RenewSecret(ctx, account, "example.net") },
	} {
		if err := ask(); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.store.ReplayDelivery(ctx, account, w.shown.ID, "x"); !errors.Is(err, models.ErrState) {
		t.Errorf("what is in sight is in a state that allows no replay: %v", err)
	}
}

// A report may name other domains of the account: their names and the bytes
// that hold them are out of sight too.
func TestPoliciesOfOtherDomainsAreOutOfSight(t *testing.T) {
	t.Parallel()
	w := newTwoDomains(t)
	r := w.report("seen.example", "both", day, 5, 0)
	r.Policies = append(r.Policies,
		models.PolicyResult{Seq: 1, PolicyType: "sts", PolicyDomain: "example.net"},
		models.PolicyResult{Seq: 2, PolicyType: "sts", PolicyDomain: "example.org"})
	d := w.judge(r)
	reports, err := w.store.ReportsOfDelivery(w.limited, w.account.ID, d.ID)
	w.must(err)
	full, err := w.store.Report(w.limited, w.account.ID, reports[0].ID)
	w.must(err)
	var names []string
	for _, p := range full.Policies {
		names = append(names, p.PolicyDomain)
	}
	if got := strings.Join(names, " "); got != "example.com example.org" {
		t.Errorf("the report shows policies of %s", got)
	}
	kept, err := w.store.KeptOf(w.limited, w.account.ID, []string{d.ID})
	if err != nil || kept[d.ID].Body {
		t.Errorf("its bytes are in sight: %v, %v", kept, err)
	}
}

// Every table of a tenant is seen in part, or says why it is not.
func TestEveryTenantTableIsInSightOrNot(t *testing.T) {
	t.Parallel()
	seen := models.SightedTables()
	for table := range models.TenantTables() {
		if seen[table] == "" {
			t.Errorf("nothing says what a limited sight has of %s", table)
		}
	}
	w := newWorld(t)
	db := w.store.TenantDB().WithContext(models.Seeing(w.ctx, w.account.ID, []string{"a"}))
	for table, how := range seen {
		if how != "part" {
			continue
		}
		var n int64
		column := models.TenantTables()[table][0]
		if err := db.Raw("SELECT COUNT(*) FROM "+table+" WHERE "+column+" = ?", "x").Scan(&n).Error; err != nil && !strings.Contains(err.Error(), column) {
			t.Errorf("%s in part: %v", table, err)
		}
	}
	if err := db.Raw("WITH x AS (SELECT 1) SELECT name FROM domains WHERE account_id = ?", w.account.ID).Scan(&[]string{}).Error; !errors.Is(err, models.ErrTenant) {
		t.Errorf("a query with a WITH of its own goes past the sight: %v", err)
	}
}
