package models

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Judged is what ingest has found out about one claimed delivery.
type Judged struct {
	Delivery Delivery // with the state, reason and proof to be stored
	Reports  []FullReport
	SelfTest string // id of the self-test whose report this is, or ""
}

// cell is what the rollups are kept for.
type cell struct {
	AccountID string
	DomainID  string
	Day       Day
	Reporter  string
}

// SaveJudged stores a batch of judged deliveries of holder with their reports
// and recomputes every rollup cell they touch, each delivery in one transaction
// with its cells. A delivery whose claim was lost is left out, so that a batch
// may run twice or on two nodes; of one that fails, a part may be stored. A
// delivery's final state (counted or duplicate) is decided here, where the
// other reports are known. ErrDiskFull when there is no room.
func (s *Store) SaveJudged(ctx context.Context, holder string, batch []Judged) error {
	for len(batch) > 0 {
		done, err := s.saveSome(ctx, holder, batch)
		if err != nil {
			return outcome(err)
		}
		batch = batch[done:]
	}
	return nil
}

// saveStint is how long a transaction goes on although an accept waits for it.
const saveStint = 4 * time.Millisecond

// saveSome saves the first of a batch, as many as it can without keeping
// accepts waiting, and says how many.
func (s *Store) saveSome(ctx context.Context, holder string, batch []Judged) (done int, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		began := time.Now()
		if err := s.lockDomains(tx, domainsOf(batch)); err != nil {
			return err
		}
		reporters := map[ReporterSeen]bool{}
		touched := map[cell]bool{}
		var saved []string
		for done < len(batch) && (done == 0 || !s.mustYield(began)) {
			j := batch[done]
			done++
			held, err := holds(tx, holder, j.Delivery.ID)
			if err != nil {
				return err
			}
			if !held {
				continue
			}
			if err := saveJudged(tx, j, touched, reporters); err != nil {
				return err
			}
			saved = append(saved, j.Delivery.ID)
			if j.SelfTest != "" {
				if err := finishSelfTest(tx, now, j.SelfTest, j.Delivery.ID, j.Delivery.DKIM == "pass" || j.Delivery.Via == ViaPost); err != nil {
					return err
				}
			}
		}
		if err := queueForwards(tx, now, saved); err != nil {
			return err
		}
		if err := noteReporters(tx, reporters); err != nil {
			return err
		}
		return recompute(tx, touched)
	})
	return done, err
}

// mustYield says that an accept waits for a transaction that has had its stint.
func (s *Store) mustYield(began time.Time) bool {
	return s.turn != nil && s.turn.wanted() && time.Since(began) > saveStint
}

func domainsOf(batch []Judged) []string {
	var ids []string
	for _, j := range batch {
		if j.Delivery.DomainID != nil {
			ids = append(ids, *j.Delivery.DomainID)
		}
		for _, r := range j.Reports {
			ids = append(ids, r.DomainID)
		}
	}
	return ids
}

// lockDomains makes those who write about the same domain take turns, always
// in the same order, so that two nodes never wait for each other.
func (s *Store) lockDomains(tx *gorm.DB, ids []string) error {
	if s.engine == sqliteEngine {
		return nil
	}
	return tx.Exec("SELECT 1 FROM domains WHERE id IN ? ORDER BY id FOR UPDATE", ids).Error
}

func holds(tx *gorm.DB, holder, deliveryID string) (bool, error) {
	var n int64
	err := tx.Model(&Delivery{}).Where("id = ? AND claimed_by = ? AND state = ?", deliveryID, holder, DeliveryPending).Count(&n).Error
	return n == 1, err
}

func saveJudged(tx *gorm.DB, j Judged, touched map[cell]bool, reporters map[ReporterSeen]bool) error {
	d := j.Delivery
	news := 0
	for _, r := range j.Reports {
		gone, err := domainGone(tx, r.DomainID)
		if err != nil {
			return err
		}
		if gone {
			continue
		}
		if r.Trust != Unverified {
			reporters[ReporterSeen{r.AccountID, r.Reporter, r.ReceivedAt.UTC()}] = true
		}
		fresh, err := saveReport(tx, r, touched)
		if err != nil {
			return err
		}
		if fresh {
			news++
		}
	}
	if d.State == DeliveryCounted && news == 0 {
		d.State = DeliveryDuplicate
	}
	return tx.Model(&Delivery{}).Where("id = ?", d.ID).Updates(map[string]any{
		"state": d.State, "reason": d.Reason, "detail": d.Detail, "reporter": d.Reporter, "domain_id": d.DomainID,
		"dkim": d.DKIM, "dkim_domain": d.DKIMDomain, "dkim_selector": d.DKIMSelector, "dkim_reason": d.DKIMReason,
		"next_attempt_at": nil, "claimed_by": "", "claimed_until": nil,
	}).Error
}

// saveReport stores a report unless its domain has the same content already.
// When it has, one of the two stands whichever came first (displaces). It
// reports whether the counts may have changed.
func saveReport(tx *gorm.DB, r FullReport, touched map[cell]bool) (fresh bool, err error) {
	r.KeyHash = keyHash(r.Report)
	old, err := first[Report](tx.Where("domain_id = ? AND content_hash = ?", r.DomainID, r.ContentHash))
	switch {
	case err == ErrNotFound:
		err = insertReport(tx, newID(), &r)
	case err != nil || !displaces(r.Report, old):
		return false, err
	default:
		touched[cellOf(old)] = true
		err = replaceReport(tx, old, &r, touched)
	}
	if err != nil {
		return false, err
	}
	touched[cellOf(r.Report)] = true
	return true, settle(tx, r.Report, touched)
}

// displaces tells whether a report takes the place of an old one with the same
// content. It depends on the two only, never on which came first: the better
// proven stands, then the one whose reporter is the organisation that the
// content names as its own, so that nobody can take over a report by signing a
// copy of it; then the one that counts more, as an upload may lack the
// policies that only a token can place.
func displaces(r, old Report) bool {
	return cmp.Or(
		cmp.Compare(r.Trust.rank(), old.Trust.rank()),
		cmp.Compare(selfNamed(r), selfNamed(old)),
		cmp.Compare(r.Successful+r.Failed, old.Successful+old.Failed),
		cmp.Compare(old.Reporter, r.Reporter),
	) > 0
}

// selfNamed is 1 when the domain of a report's contact lies within its reporter.
func selfNamed(r Report) int {
	domain := strings.ToLower(r.Contact[strings.LastIndexByte(r.Contact, '@')+1:])
	if domain == r.Reporter || strings.HasSuffix(domain, "."+r.Reporter) {
		return 1
	}
	return 0
}

// keyHash stands for (reporter, report-id, start, end) in an index: a report-id
// may be longer than an index takes.
func keyHash(r Report) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d", r.Reporter, r.ReportID, r.StartAt.UnixMicro(), r.EndAt.UnixMicro())
	return h.Sum(nil)
}

func domainGone(tx *gorm.DB, id string) (bool, error) {
	var n int64
	err := tx.Model(&Domain{}).Where("id = ?", id).Count(&n).Error
	return n == 0, err
}

// noteReporters remembers when an account first heard from a reporter. All
// batches go through the rows in one order.
func noteReporters(tx *gorm.DB, seen map[ReporterSeen]bool) error {
	rows := slices.SortedFunc(maps.Keys(seen), func(a, b ReporterSeen) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Identity, b.Identity), a.FirstSeen.Compare(b.FirstSeen))
	})
	for _, r := range rows {
		err := tx.Exec(`INSERT INTO reporters (account_id, identity, first_seen) VALUES (?, ?, ?)
			ON CONFLICT (account_id, identity) DO UPDATE SET first_seen = excluded.first_seen WHERE excluded.first_seen < reporters.first_seen`,
			r.AccountID, r.Identity, r.FirstSeen).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func insertReport(tx *gorm.DB, id string, r *FullReport) error {
	r.ID = id
	r.Standing = NotCounted
	if err := tx.Create(&r.Report).Error; err != nil {
		return err
	}
	for i := range r.Policies {
		r.Policies[i].DomainID, r.Policies[i].ReportID = r.DomainID, r.ID
	}
	for i := range r.Failures {
		r.Failures[i].DomainID, r.Failures[i].ReportID = r.DomainID, r.ID
	}
	if len(r.Policies) > 0 {
		if err := tx.CreateInBatches(&r.Policies, 200).Error; err != nil {
			return err
		}
	}
	if len(r.Failures) > 0 {
		return tx.CreateInBatches(&r.Failures, 500).Error
	}
	return nil
}

// replaceReport puts a report into the place of one with the same content, with
// all that the two may differ in: who sent it, and which policies count.
func replaceReport(tx *gorm.DB, old Report, r *FullReport, touched map[cell]bool) error {
	if err := deleteReport(tx, old); err != nil {
		return err
	}
	if err := insertReport(tx, old.ID, r); err != nil {
		return err
	}
	// A delivery that has nothing left in the counts brought a duplicate.
	err := tx.Exec(`UPDATE deliveries SET state = ? WHERE id = ? AND state = ? AND NOT EXISTS (SELECT 1 FROM reports WHERE delivery_id = deliveries.id)`,
		DeliveryDuplicate, old.DeliveryID, DeliveryCounted).Error
	if err != nil {
		return err
	}
	return settle(tx, old, touched)
}

// settle decides which of the revisions of a report counts: the better proven
// one, then the one with more sessions, then the greater hash (rulings.md 6).
// It depends on the rows only, never on the order in which they came.
func settle(tx *gorm.DB, r Report, touched map[cell]bool) error {
	var revisions []Report
	err := tx.Where("domain_id = ? AND key_hash = ? AND trust <> ?", r.DomainID, r.KeyHash, Unverified).Find(&revisions).Error
	if err != nil || len(revisions) == 0 {
		return err
	}
	best := slices.MaxFunc(revisions, compareRevisions)
	for _, rev := range revisions {
		standing := Superseded
		if rev.ID == best.ID {
			standing = Counted
		}
		if rev.Standing == standing {
			continue
		}
		touched[cellOf(rev)] = true
		err := tx.Model(&Report{}).Where("domain_id = ? AND id = ?", rev.DomainID, rev.ID).Update("standing", standing).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func compareRevisions(a, b Report) int {
	return cmp.Or(
		cmp.Compare(a.Trust.rank(), b.Trust.rank()),
		cmp.Compare(a.Successful+a.Failed, b.Successful+b.Failed),
		bytes.Compare(a.ContentHash, b.ContentHash),
	)
}

func cellOf(r Report) cell {
	return cell{AccountID: r.AccountID, DomainID: r.DomainID, Day: r.Day, Reporter: r.Reporter}
}
