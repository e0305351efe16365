package models

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
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

// books is what one batch changes, beside the rows of its deliveries.
type books struct {
	tx        *gorm.DB
	on        direct // within tx
	now       time.Time
	saved     []string // the deliveries
	touched   map[cell]bool
	seen      map[reporterKey]time.Time    // when reporters were first heard from in the batch
	reporters map[reporterKey]ReporterSeen // those of the batch that the accounts know
}

// reporterKey names a reporter as one account knows it.
type reporterKey struct{ AccountID, Identity string }

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
	err = s.inBackground(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		began := time.Now()
		b, err := s.openBooks(ctx, tx, now, batch)
		if err != nil {
			return err
		}
		for done < len(batch) && (done == 0 || !s.mustYield(began)) {
			slice := batch[done:min(done+saveAtOnce, len(batch))]
			done += len(slice)
			if err := b.saveSlice(ctx, holder, slice); err != nil {
				return err
			}
		}
		if err := queueForwards(tx, now, b.saved); err != nil {
			return err
		}
		if err := b.noteReporters(ctx); err != nil {
			return err
		}
		return recompute(ctx, b.on, DayOf(b.now), b.touched)
	})
	return done, err
}

// mustYield says that an accept waits for a transaction that has had its stint.
func (s *Store) mustYield(began time.Time) bool {
	return s.turn != nil && s.turn.wanted() && time.Since(began) > saveStint
}

// openBooks locks what a batch will change, always in the same order, and
// reads which of its reporters are known.
func (s *Store) openBooks(ctx context.Context, tx *gorm.DB, now time.Time, batch []Judged) (*books, error) {
	ids, err := domainsOf(tx, batch)
	if err != nil {
		return nil, err
	}
	if err := s.lockDomains(tx, ids); err != nil {
		return nil, err
	}
	b := &books{tx: tx, on: s.within(tx), now: now, touched: map[cell]bool{}, seen: map[reporterKey]time.Time{}}
	b.reporters, err = s.reportersAmong(ctx, b.on, batch)
	return b, err
}

func domainsOf(tx *gorm.DB, batch []Judged) ([]string, error) {
	var ids, again []string
	for _, j := range batch {
		if j.Delivery.DomainID != nil {
			ids = append(ids, *j.Delivery.DomainID)
		}
		for _, r := range j.Reports {
			ids = append(ids, r.DomainID)
		}
		if j.Delivery.JudgedAt != nil {
			again = append(again, j.Delivery.ID)
		}
	}
	if len(again) == 0 {
		return ids, nil
	}
	var before []string
	err := tx.Raw("SELECT DISTINCT domain_id FROM reports WHERE delivery_id IN ?", again).Scan(&before).Error
	return append(ids, before...), err
}

// lockDomains makes those who write about the same domain take turns, always
// in the same order, so that two nodes never wait for each other.
func (s *Store) lockDomains(tx *gorm.DB, ids []string) error {
	if s.engine == sqliteEngine {
		return nil
	}
	return tx.Exec("SELECT 1 FROM domains WHERE id IN ? ORDER BY id FOR UPDATE", ids).Error
}

// saveJudged saves a delivery by itself, whatever it changes.
func (b *books) saveJudged(ctx context.Context, j Judged) error {
	d := j.Delivery
	ids, err := b.withdraw(d)
	if err != nil {
		return err
	}
	news := 0
	for _, r := range j.Reports {
		gone, err := domainGone(b.tx, r.DomainID)
		if err != nil {
			return err
		}
		if gone {
			continue
		}
		b.noteSeen(r.Report)
		fresh, err := b.saveReport(ctx, r, ids[contentOf(r.Report)])
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
	if err := b.finish(ctx, d); err != nil || j.SelfTest == "" {
		return err
	}
	return finishSelfTest(b.tx, b.now, j.SelfTest, d.ID, d.DKIM == "pass" || d.Via == ViaPost)
}

// contentKey names a report by what it says.
type contentKey struct{ domainID, contentHash string }

// withdraw takes back what a delivery has brought when it was judged before,
// and gives the ids that its reports have had, so that links to them stay.
func (b *books) withdraw(d Delivery) (map[contentKey]string, error) {
	if d.JudgedAt == nil {
		return nil, nil
	}
	var before []Report
	if err := b.tx.Where("delivery_id = ?", d.ID).Find(&before).Error; err != nil {
		return nil, err
	}
	ids := map[contentKey]string{}
	for _, r := range before {
		ids[contentOf(r)] = r.ID
		b.touched[cellOf(r)] = true
		if err := deleteReport(b.tx, r); err != nil {
			return nil, err
		}
		if err := b.settle(r); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// saveReport stores a report unless its domain has the same content already.
// When it has, one of the two stands whichever came first (displaces). It
// reports whether the counts may have changed. id is what the report is to be
// known by, or "" for a new one.
func (b *books) saveReport(ctx context.Context, r FullReport, id string) (fresh bool, err error) {
	old, err := first[Report](b.tx.Where("domain_id = ? AND content_hash = ?", r.DomainID, r.ContentHash))
	switch {
	case err == ErrNotFound:
		err = b.insertReport(ctx, cmp.Or(id, newID()), r)
	case err != nil || !displaces(r.Report, old):
		return false, err
	default:
		b.touched[cellOf(old)] = true
		err = b.replaceReport(ctx, old, r)
	}
	if err != nil {
		return false, err
	}
	b.touched[cellOf(r.Report)] = true
	return true, b.settle(r.Report)
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

func (b *books) insertReport(ctx context.Context, id string, r FullReport) error {
	r.ID, r.Standing = id, NotCounted
	return b.insertReports(ctx, []FullReport{r})
}

// replaceReport puts a report into the place of one with the same content, with
// all that the two may differ in: who sent it, and which policies count.
func (b *books) replaceReport(ctx context.Context, old Report, r FullReport) error {
	if err := deleteReport(b.tx, old); err != nil {
		return err
	}
	if err := b.insertReport(ctx, old.ID, r); err != nil {
		return err
	}
	// A delivery that has nothing left in the counts brought a duplicate.
	err := b.tx.Exec(`UPDATE deliveries SET state = ? WHERE id = ? AND state = ? AND NOT EXISTS (SELECT 1 FROM reports WHERE delivery_id = deliveries.id)`,
		DeliveryDuplicate, old.DeliveryID, DeliveryCounted).Error
	if err != nil {
		return err
	}
	return b.settle(old)
}

// settle decides which of the revisions of a report counts: the better proven
// one, then the one with more sessions, then the greater hash (rulings.md 6);
// none when the reporter is blocked. It depends on the rows only, never on the
// order in which they came.
func (b *books) settle(r Report) error {
	var revisions []Report
	err := b.tx.Where("domain_id = ? AND key_hash = ? AND trust <> ?", r.DomainID, r.KeyHash, Unverified).Find(&revisions).Error
	if err != nil || len(revisions) == 0 {
		return err
	}
	best := slices.MaxFunc(revisions, compareRevisions)
	blocked := b.reporters[reporterKey{r.AccountID, r.Reporter}].BlockedAt != nil
	for _, rev := range revisions {
		standing := Superseded
		switch {
		case blocked:
			standing = Blocked
		case rev.ID == best.ID:
			standing = Counted
		}
		if rev.Standing == standing {
			continue
		}
		b.touched[cellOf(rev)] = true
		err := b.tx.Model(&Report{}).Where("domain_id = ? AND id = ?", rev.DomainID, rev.ID).Update("standing", standing).Error
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
