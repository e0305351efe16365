package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// saveAtOnce is how many judged deliveries are looked up and stored together.
const saveAtOnce = 32

// known is what the database says about some judged deliveries and their reports.
type known struct {
	held    map[string]string     // the deliveries that are still the holder's, and their accounts
	domains map[string]bool       // those that are there
	content map[contentKey]Report // the reports that say the same as one of them, or will soon
	proven  map[revisionKey]bool  // the names of reports that have a proven revision, or will soon
}

// revisionKey names a report whatever it says (rulings.md 6).
type revisionKey struct{ domainID, keyHash string }

func contentOf(r Report) contentKey   { return contentKey{r.DomainID, string(r.ContentHash)} }
func revisionOf(r Report) revisionKey { return revisionKey{r.DomainID, string(r.KeyHash)} }

// plain gathers deliveries that only add rows: nothing of them was there before
// in other words, so they are stored many at a time.
type plain struct {
	deliveries []Delivery
	reports    []FullReport
}

// saveSlice saves some judged deliveries: first the plain ones together, then
// the others one by one. Their order makes no difference to what is counted.
func (b *books) saveSlice(ctx context.Context, holder string, slice []Judged) error {
	k, err := b.lookUp(ctx, holder, slice)
	if err != nil {
		return err
	}
	var p plain
	var others []Judged
	for _, j := range slice {
		if _, held := k.held[j.Delivery.ID]; !held {
			continue
		}
		b.saved = append(b.saved, j.Delivery.ID)
		if !b.takePlain(&p, k, j) {
			others = append(others, j)
		}
	}
	if err := b.savePlain(ctx, p); err != nil {
		return err
	}
	for _, j := range others {
		if err := b.saveJudged(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// takePlain adds a delivery to p, unless it may change what is there already.
func (b *books) takePlain(p *plain, k known, j Judged) bool {
	if j.Delivery.JudgedAt != nil || j.SelfTest != "" {
		return false
	}
	fresh, ok := k.additions(j.Reports)
	if !ok {
		return false
	}
	for _, r := range j.Reports {
		if k.domains[r.DomainID] {
			b.noteSeen(r.Report)
		}
	}
	for _, r := range fresh {
		k.content[contentOf(r.Report)] = r.Report
		r.ID, r.Standing = newID(), NotCounted
		if r.Trust != Unverified {
			k.proven[revisionOf(r.Report)] = true
			r.Standing = b.standing(r.Report)
		}
		if r.Standing == Counted {
			b.touched[cellOf(r.Report)] = true
		}
		p.reports = append(p.reports, r)
	}
	d := j.Delivery
	if d.State == DeliveryCounted && len(fresh) == 0 {
		d.State = DeliveryDuplicate
	}
	p.deliveries = append(p.deliveries, d)
	return true
}

// standing is that of a proven report without other revisions.
func (b *books) standing(r Report) Standing {
	if b.reporters[reporterKey{r.AccountID, r.Reporter}].BlockedAt != nil {
		return Blocked
	}
	return Counted
}

// additions are those reports of a delivery that are new to their domains. It
// is not ok when one of them takes the place of another, or may have to.
func (k known) additions(reports []FullReport) (fresh []FullReport, ok bool) {
	said, named := map[contentKey]bool{}, map[revisionKey]bool{}
	for _, r := range reports {
		content, revision := contentOf(r.Report), revisionOf(r.Report)
		old, there := k.content[content]
		switch {
		case !k.domains[r.DomainID]:
			continue
		case said[content] || named[revision], there && displaces(r.Report, old):
			return nil, false
		case there:
			continue
		case r.Trust != Unverified && k.proven[revision]:
			return nil, false
		}
		said[content], named[revision] = true, true
		fresh = append(fresh, r)
	}
	return fresh, true
}

// lookUp reads what is known about a slice.
func (b *books) lookUp(ctx context.Context, holder string, slice []Judged) (known, error) {
	k := known{held: map[string]string{}, domains: map[string]bool{}, content: map[contentKey]Report{}, proven: map[revisionKey]bool{}}
	var deliveries, domains, contents, revisions [][]any
	for _, j := range slice {
		deliveries = append(deliveries, []any{j.Delivery.ID})
		if id := j.Delivery.DomainID; id != nil && !k.domains[*id] {
			domains, k.domains[*id] = append(domains, []any{*id}), true
		}
		for i := range j.Reports {
			r := &j.Reports[i].Report
			r.KeyHash = keyHash(*r)
			contents, revisions = append(contents, []any{r.DomainID, r.ContentHash}), append(revisions, []any{r.DomainID, r.KeyHash})
			if !k.domains[r.DomainID] {
				domains = append(domains, []any{r.DomainID})
			}
			k.domains[r.DomainID] = true
		}
	}
	clear(k.domains)
	err := b.on.eachIn(ctx, "SELECT id, account_id FROM deliveries WHERE id IN", deliveries, " AND claimed_by = ? AND state = ?", []any{holder, DeliveryPending}, noteAccounts(k.held))
	if err != nil || len(domains) == 0 {
		return k, err
	}
	owners := map[string]string{}
	err = b.on.eachIn(ctx, "SELECT id, account_id FROM domains WHERE id IN", domains, "", nil, func(scan func(...any) error) error {
		var id, account string
		err := scan(&id, &account)
		k.domains[id], owners[id] = true, account
		return err
	})
	if err == nil {
		err = b.follow(ctx, k.held, slice, owners)
	}
	if err != nil || len(contents) == 0 {
		return k, err
	}
	return k, b.lookUpReports(ctx, k, contents, revisions)
}

// follow gives what was judged for one account to the one that has taken its
// domain over since, and so a delivery that was accepted while that happened,
// whose bytes are no business of the old one (held has the account of its row).
// What somebody has uploaded is theirs: its reports about a domain that has left
// are dropped.
func (b *books) follow(ctx context.Context, held map[string]string, slice []Judged, owners map[string]string) error {
	for i := range slice {
		j := &slice[i]
		if err := b.moveDelivery(ctx, j.Delivery, held[j.Delivery.ID], owners); err != nil {
			return err
		}
		moved := func(r FullReport) bool { return owners[r.DomainID] != "" && owners[r.DomainID] != r.AccountID }
		if !slices.ContainsFunc(j.Reports, moved) {
			continue
		}
		if j.Delivery.DomainID == nil {
			j.Reports = slices.DeleteFunc(slices.Clone(j.Reports), moved)
			continue
		}
		for n := range j.Reports {
			j.Reports[n].AccountID = cmp.Or(owners[j.Reports[n].DomainID], j.Reports[n].AccountID)
		}
	}
	return nil
}

// moveDelivery gives a delivery that is an account's to the one that has its domain.
func (b *books) moveDelivery(ctx context.Context, d Delivery, account string, owners map[string]string) error {
	if account == "" || d.DomainID == nil || owners[*d.DomainID] == "" || owners[*d.DomainID] == account {
		return nil
	}
	for _, statement := range []string{"UPDATE deliveries SET account_id = ? WHERE id = ?", "UPDATE delivery_events SET account_id = ? WHERE delivery_id = ?"} {
		if err := b.on.exec(ctx, statement, owners[*d.DomainID], d.ID); err != nil {
			return err
		}
	}
	return nil
}

func noteAccounts(of map[string]string) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var id, account string
		err := scan(&id, &account)
		of[id] = account
		return err
	}
}

func (b *books) lookUpReports(ctx context.Context, k known, contents, revisions [][]any) error {
	err := b.on.eachIn(ctx, "SELECT domain_id, content_hash, trust, contact, reporter, successful, failed FROM reports WHERE (domain_id, content_hash) IN", contents, "", nil,
		func(scan func(...any) error) error {
			var r Report
			err := scan(&r.DomainID, &r.ContentHash, &r.Trust, &r.Contact, &r.Reporter, &r.Successful, &r.Failed)
			k.content[contentOf(r)] = r
			return err
		})
	if err != nil {
		return err
	}
	return b.on.eachIn(ctx, "SELECT domain_id, key_hash FROM reports WHERE (domain_id, key_hash) IN", revisions, " AND trust <> ?", []any{Unverified},
		func(scan func(...any) error) error {
			var r Report
			err := scan(&r.DomainID, &r.KeyHash)
			k.proven[revisionOf(r)] = true
			return err
		})
}

func (b *books) savePlain(ctx context.Context, p plain) error {
	if err := b.insertReports(ctx, p.reports); err != nil {
		return err
	}
	return b.finish(ctx, p.deliveries...)
}

// judgement is what deliveries may have in common when they are judged.
type judgement struct {
	state                                      DeliveryState
	reason, detail, reporter                   string
	dkim, dkimDomain, dkimSelector, dkimReason string
	awaited                                    string
}

// finish stores how deliveries were judged, and ends their claims. Those that
// were judged alike are one statement, as most of a batch are.
func (b *books) finish(ctx context.Context, deliveries ...Delivery) error {
	alike := map[judgement][]Delivery{}
	for _, d := range deliveries {
		j := judgement{d.State, d.Reason, d.Detail, d.Reporter, d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason, fmt.Sprintf("%q", d.AwaitedMX)}
		alike[j] = append(alike[j], d)
	}
	for _, some := range alike {
		d := some[0]
		args := []any{d.State, d.Reason, d.Detail, d.Reporter, d.DKIM, d.DKIMDomain, d.DKIMSelector, d.DKIMReason, b.now, d.AwaitedMX}
		ids := make([][]any, len(some))
		for i, d := range some {
			ids[i] = []any{d.ID}
		}
		ids = padded(ids)
		args = slices.Concat(args, slices.Concat(ids...))
		err := b.on.exec(ctx, `UPDATE deliveries SET state = ?, reason = ?, detail = ?, reporter = ?,
			dkim = ?, dkim_domain = ?, dkim_selector = ?, dkim_reason = ?, judged_at = ?, awaited_mx = ?,
			next_attempt_at = NULL, claimed_by = '', claimed_until = NULL WHERE id IN (`+listOf("?", len(ids))+")", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// insertReports stores reports with everything in them. Their ids and standings
// are set.
func (b *books) insertReports(ctx context.Context, reports []FullReport) error {
	var rows, policies, failures [][]any
	for _, r := range reports {
		rows = append(rows, []any{
			r.DomainID, r.ID, r.AccountID, r.DeliveryID, r.Reporter, r.Organization, r.ReportID, r.Contact, r.StartAt, r.EndAt, r.Day,
			r.ContentHash, r.KeyHash, r.Trust, r.Standing, r.Stated, r.Successful, r.Failed, r.ForeignPolicies, r.Warnings, r.ReceivedAt,
		})
		for _, p := range r.Policies {
			policies = append(policies, []any{
				r.DomainID, r.ID, p.Seq, p.PolicyType, p.PolicyDomain, p.Mode, p.PolicyStrings, p.MXHosts,
				p.Successful, p.SuccessfulStated, p.Failed, p.FailedStated, p.Counted,
			})
		}
		for _, f := range r.Failures {
			failures = append(failures, []any{
				r.DomainID, r.ID, f.PolicySeq, f.Seq, f.ResultType, f.SendingMTAIP, f.SendingNetwork, f.ReceivingMXHostname, f.ReceivingMXHELO,
				f.ReceivingIP, f.Sessions, f.ReasonCode, f.AdditionalInformation,
			})
		}
	}
	for _, into := range []struct {
		head string
		rows [][]any
	}{
		{`INSERT INTO reports (domain_id, id, account_id, delivery_id, reporter, organization, report_id, contact, start_at, end_at, day,
			content_hash, key_hash, trust, standing, stated, successful, failed, foreign_policies, warnings, received_at)`, rows},
		{`INSERT INTO policy_results (domain_id, report_id, seq, policy_type, policy_domain, mode, policy_strings, mx_hosts,
			successful, successful_stated, failed, failed_stated, counted)`, policies},
		{`INSERT INTO failure_details (domain_id, report_id, policy_seq, seq, result_type, sending_mta_ip, sending_network, receiving_mx_hostname,
			receiving_mx_helo, receiving_ip, sessions, reason_code, additional_information)`, failures},
	} {
		if err := b.on.insertAll(ctx, into.head, into.rows); err != nil {
			return err
		}
	}
	return nil
}
