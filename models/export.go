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

// EachDetail hands over the failure details of a domain's counted reports one
// by one, oldest day first, without holding more than one.
func (s *Store) EachDetail(ctx context.Context, d Domain, span Span, visit func(DetailRow) error) error {
	q := s.reader(ctx).Raw(`SELECT r.day, r.reporter, r.report_id, f.result_type, f.sending_mta_ip, f.sending_network,
		f.receiving_mx_hostname, f.receiving_mx_helo, f.receiving_ip, f.sessions, f.reason_code, f.additional_information
		FROM reports r CROSS JOIN failure_details f
		WHERE r.domain_id = ? AND r.account_id = ? AND r.day BETWEEN ? AND ? AND r.standing = ?
		AND f.domain_id = r.domain_id AND f.report_id = r.id ORDER BY r.day, r.reporter, r.id, f.policy_seq, f.seq`,
		d.ID, d.AccountID, span.From, span.To, Counted)
	return eachRow(q, func(scan func(...any) error) error {
		var r DetailRow
		err := scan(&r.Day, &r.Reporter, &r.ReportID, &r.ResultType, &r.SendingMTAIP, &r.SendingNetwork,
			&r.ReceivingMXHostname, &r.ReceivingMXHELO, &r.ReceivingIP, &r.Sessions, &r.ReasonCode, &r.AdditionalInformation)
		if err != nil {
			return err
		}
		return visit(r)
	})
}

// ReportLine is a report as lists show it.
type ReportLine struct {
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
	q := s.reader(ctx).Raw(`SELECT day, reporter, organization, report_id, start_at, end_at, successful, failed, trust, standing, received_at
		FROM reports WHERE domain_id = ? AND account_id = ? AND day BETWEEN ? AND ? ORDER BY day, reporter, id`,
		d.ID, d.AccountID, span.From, span.To)
	return eachRow(q, func(scan func(...any) error) error {
		var r ReportLine
		err := scan(&r.Day, &r.Reporter, &r.Organization, &r.ReportID, &r.StartAt, &r.EndAt, &r.Successful, &r.Failed, &r.Trust, &r.Standing, &r.ReceivedAt)
		if err != nil {
			return err
		}
		return visit(r)
	})
}
