package models

import (
	"context"
	"time"
)

// DetailRow is a failure detail with the report that it stands in.
type DetailRow struct {
	Day      Day
	Reporter string
	ReportID string
	FailureDetail
}

// exportPage is how many rows an export reads at once. No query waits for
// whoever takes them, however slowly: on SQLite that would keep the journal from
// beginning anew.
const exportPage = 1000

// eachPage visits rows that are read page by page, each after the last row of
// the one before; nil is before the first.
func eachPage[T any](read func(after *T) ([]T, error), visit func(T) error) error {
	var after *T
	for {
		rows, err := read(after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := visit(row); err != nil {
				return err
			}
		}
		if len(rows) < exportPage {
			return nil
		}
		after = &rows[len(rows)-1]
	}
}

// EachDetail hands over the failure details of a domain's counted reports one
// by one, oldest day first, without holding more than a page.
func (s *Store) EachDetail(ctx context.Context, d Domain, span Span, visit func(DetailRow) error) error {
	return eachPage(func(after *DetailRow) ([]DetailRow, error) { return s.detailsAfter(ctx, d, span, after) }, visit)
}

func (s *Store) detailsAfter(ctx context.Context, d Domain, span Span, after *DetailRow) ([]DetailRow, error) {
	args := []any{d.ID, d.AccountID, span.From, span.To, Counted}
	further := ""
	if after != nil {
		further = " AND r.day >= ? AND (r.day, r.reporter, r.id, f.policy_seq, f.seq) > (?, ?, ?, ?, ?)"
		args = append(args, after.Day, after.Day, after.Reporter, after.FailureDetail.ReportID, after.PolicySeq, after.Seq)
	}
	q := s.reader(ctx).Raw(`SELECT r.day, r.reporter, r.report_id, r.id, f.policy_seq, f.seq, f.result_type, f.sending_mta_ip, f.sending_network,
		f.receiving_mx_hostname, f.receiving_mx_helo, f.receiving_ip, f.sessions, f.reason_code, f.additional_information
		FROM reports r CROSS JOIN failure_details f
		WHERE r.domain_id = ? AND r.account_id = ? AND r.day BETWEEN ? AND ? AND r.standing = ?
		AND f.domain_id = r.domain_id AND f.report_id = r.id`+further+`
		ORDER BY r.day, r.reporter, r.id, f.policy_seq, f.seq LIMIT ?`, append(args, exportPage)...)
	var rows []DetailRow
	err := eachRow(q, func(scan func(...any) error) error {
		var r DetailRow
		err := scan(&r.Day, &r.Reporter, &r.ReportID, &r.FailureDetail.ReportID, &r.PolicySeq, &r.Seq, &r.ResultType, &r.SendingMTAIP, &r.SendingNetwork,
			&r.ReceivingMXHostname, &r.ReceivingMXHELO, &r.ReceivingIP, &r.Sessions, &r.ReasonCode, &r.AdditionalInformation)
		rows = append(rows, r)
		return err
	})
	return rows, err
}

// ReportLine is a report as lists show it.
type ReportLine struct {
	ID                 string
	Day                Day
	Reporter           string
	Organization       string
	ReportID           string
	StartAt, EndAt     time.Time
	Successful, Failed int64
	Trust              Trust
	Standing           Standing
	ReceivedAt         time.Time
}

// EachReport hands over a domain's reports one by one, oldest day first.
func (s *Store) EachReport(ctx context.Context, d Domain, span Span, visit func(ReportLine) error) error {
	return eachPage(func(after *ReportLine) ([]ReportLine, error) { return s.reportsFrom(ctx, d, span, after) }, visit)
}

func (s *Store) reportsFrom(ctx context.Context, d Domain, span Span, after *ReportLine) ([]ReportLine, error) {
	q := s.reader(ctx).Model(&Report{}).Where("domain_id = ? AND account_id = ? AND day BETWEEN ? AND ?", d.ID, d.AccountID, span.From, span.To)
	if after != nil {
		q = q.Where("day >= ? AND (day, reporter, id) > (?, ?, ?)", after.Day, after.Day, after.Reporter, after.ID)
	}
	var lines []ReportLine
	err := q.Order("day, reporter, id").Limit(exportPage).Find(&lines).Error
	return lines, err
}
