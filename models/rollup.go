package models

import (
	"cmp"
	"slices"

	"gorm.io/gorm"
)

// DailyTotal is one rollup cell: what one reporter says about one domain and
// one UTC day, in sessions. Frozen cells have outlived their rows.
type DailyTotal struct {
	DomainID   string `gorm:"primaryKey"`
	Day        Day    `gorm:"primaryKey;autoIncrement:false"`
	Reporter   string `gorm:"primaryKey"`
	AccountID  string
	Successful int64
	Failed     int64
	Reports    int64
	Frozen     bool
}

// recompute makes the touched cells say what their rows say. It is exact
// whatever happened before, and running it twice changes nothing.
func recompute(tx *gorm.DB, touched map[cell]bool) error {
	cells := make([]cell, 0, len(touched))
	for c := range touched {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Day, b.Day), cmp.Compare(a.DomainID, b.DomainID), cmp.Compare(a.Reporter, b.Reporter))
	})
	for _, c := range cells {
		if err := recomputeCell(tx, c); err != nil {
			return err
		}
	}
	return writeLedger(tx, cells)
}

func recomputeCell(tx *gorm.DB, c cell) error {
	args := map[string]any{"account": c.AccountID, "domain": c.DomainID, "day": c.Day, "reporter": c.Reporter}
	var old DailyTotal
	if err := tx.Raw("SELECT successful, failed, reports, frozen FROM daily_totals WHERE domain_id = @domain AND day = @day AND reporter = @reporter", args).Scan(&old).Error; err != nil {
		return err
	}
	if old.Frozen {
		return nil
	}
	for _, step := range cellSteps {
		if err := tx.Exec(step, args).Error; err != nil {
			return err
		}
	}
	var now DailyTotal
	if err := tx.Raw("SELECT successful, failed, reports FROM daily_totals WHERE domain_id = @domain AND day = @day AND reporter = @reporter", args).Scan(&now).Error; err != nil {
		return err
	}
	return addToAccountDay(tx, c, now.Successful-old.Successful, now.Failed-old.Failed, now.Reports-old.Reports)
}

func addToAccountDay(tx *gorm.DB, c cell, successful, failed, reports int64) error {
	if successful == 0 && failed == 0 && reports == 0 {
		return nil
	}
	return tx.Exec(`INSERT INTO account_days (account_id, day, successful, failed, reports) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, day) DO UPDATE SET
			successful = account_days.successful + excluded.successful,
			failed = account_days.failed + excluded.failed,
			reports = account_days.reports + excluded.reports`,
		c.AccountID, c.Day, successful, failed, reports).Error
}

// countedInCell picks the reports that make up a cell.
const countedInCell = ` r.domain_id = @domain AND r.day = @day AND r.reporter = @reporter AND r.standing = 'counted' `

// cellSteps compute a cell. CROSS JOIN keeps SQLite from starting at the
// domain's policies instead of at the few reports of the cell.
var cellSteps = []string{
	`DELETE FROM daily_totals WHERE domain_id = @domain AND day = @day AND reporter = @reporter`,
	`INSERT INTO daily_totals (domain_id, day, reporter, account_id, successful, failed, reports, frozen)
	 SELECT r.domain_id, r.day, r.reporter, r.account_id, SUM(r.successful), SUM(r.failed), COUNT(*), false
	 FROM reports r WHERE` + countedInCell + `GROUP BY r.domain_id, r.day, r.reporter, r.account_id`,

	`DELETE FROM daily_policies WHERE domain_id = @domain AND day = @day AND reporter = @reporter`,
	`INSERT INTO daily_policies (domain_id, day, reporter, policy_type, mode, successful, failed)
	 SELECT r.domain_id, r.day, r.reporter, p.policy_type, p.mode, SUM(p.successful), SUM(p.failed)
	 FROM reports r CROSS JOIN policy_results p
	 WHERE` + countedInCell + `AND p.domain_id = r.domain_id AND p.report_id = r.id AND p.counted GROUP BY r.domain_id, r.day, r.reporter, p.policy_type, p.mode`,

	`DELETE FROM daily_failures WHERE domain_id = @domain AND day = @day AND reporter = @reporter`,
	`INSERT INTO daily_failures (domain_id, day, reporter, result_type, receiving_mx, sending_network, sessions)
	 SELECT r.domain_id, r.day, r.reporter, f.result_type, f.receiving_mx_hostname, f.sending_network, SUM(f.sessions)
	 FROM reports r CROSS JOIN policy_results p CROSS JOIN failure_details f
	 WHERE` + countedInCell + `AND p.domain_id = r.domain_id AND p.report_id = r.id AND p.counted
	 AND f.domain_id = p.domain_id AND f.report_id = p.report_id AND f.policy_seq = p.seq
	 GROUP BY r.domain_id, r.day, r.reporter, f.result_type, f.receiving_mx_hostname, f.sending_network`,
}
