package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Trust says how the origin of a report was proven (rulings.md 9 to 11).
type Trust string

// The kinds of trust. Unverified reports are listed and never counted.
const (
	Verified   Trust = "verified"   // by DKIM
	Posted     Trust = "posted"     // to the secret URL
	Uploaded   Trust = "uploaded"   // by a member
	Accepted   Trust = "accepted"   // by nothing but the word of a member
	Unverified Trust = "unverified" // by nothing
)

// rank orders the kinds of trust: when the same report arrives twice, the
// better proven one stands.
func (t Trust) rank() int {
	switch t {
	case Verified:
		return 4
	case Posted:
		return 3
	case Uploaded:
		return 2
	case Accepted:
		return 1
	default:
		return 0
	}
}

// Standing says whether a report is part of the counts.
type Standing string

// The standings of a report.
const (
	Counted    Standing = "counted"
	Superseded Standing = "superseded" // a revision of the same report counts instead
	Blocked    Standing = "blocked"    // a member has blocked its reporter
	NotCounted Standing = "not-counted"
)

// Report is one parsed report as one domain of an account sees it.
type Report struct {
	DomainID     string `gorm:"primaryKey"`
	ID           string `gorm:"primaryKey"`
	AccountID    string
	DeliveryID   string
	Reporter     string // identity: the signing domain, or the claimed one when uploaded or posted
	Organization string // as claimed
	ReportID     string // its own
	Contact      string
	StartAt      time.Time
	EndAt        time.Time // exclusive
	Day          Day
	ContentHash  []byte // of the parsed report: the same content has the same hash
	KeyHash      []byte // of what names a report (rulings.md 6), set by the store
	Trust        Trust
	Standing     Standing
	Stated       bool // false when no summary count was given at all
	Successful   int64
	Failed       int64

	ForeignPolicies int // left out because they name somebody else's domain
	Warnings        JSONList[string]
	ReceivedAt      time.Time
}

// PolicyResult is one element of a report's policies.
type PolicyResult struct {
	DomainID         string `gorm:"primaryKey"`
	ReportID         string `gorm:"primaryKey"`
	Seq              int    `gorm:"primaryKey;autoIncrement:false"`
	PolicyType       string
	PolicyDomain     string
	Mode             string
	PolicyStrings    JSONList[string]
	MXHosts          JSONList[string] `gorm:"column:mx_hosts"`
	Successful       int64
	SuccessfulStated bool
	Failed           int64
	FailedStated     bool
	Counted          bool // false for a policy about another domain of the account
}

// FailureDetail is one element of a policy's failure-details.
type FailureDetail struct {
	DomainID              string `gorm:"primaryKey"`
	ReportID              string `gorm:"primaryKey"`
	PolicySeq             int    `gorm:"primaryKey;autoIncrement:false"`
	Seq                   int    `gorm:"primaryKey;autoIncrement:false"`
	ResultType            string
	SendingMTAIP          string `gorm:"column:sending_mta_ip"`
	SendingNetwork        string // the /24 or /48 of it, or ""
	ReceivingMXHostname   string `gorm:"column:receiving_mx_hostname"`
	ReceivingMXHELO       string `gorm:"column:receiving_mx_helo"`
	ReceivingIP           string `gorm:"column:receiving_ip"`
	Sessions              int64
	ReasonCode            string
	AdditionalInformation string
}

// FullReport is a report with everything in it.
type FullReport struct {
	Report
	Policies []PolicyResult
	Failures []FailureDetail // of all policies, in order
}

// ReportFilter narrows the list of a domain's reports.
type ReportFilter struct {
	From, To Day // both included; 0 for no bound
	Reporter string
	Limit    int
	Offset   int
}

// Reports lists the reports of a domain, newest day first, and how many match.
func (s *Store) Reports(ctx context.Context, d Domain, f ReportFilter) ([]Report, int64, error) {
	q := s.reader(ctx).Model(&Report{}).Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID)
	if f.From != 0 {
		q = q.Where("day >= ?", f.From)
	}
	if f.To != 0 {
		q = q.Where("day <= ?", f.To)
	}
	if f.Reporter != "" {
		q = q.Where("reporter = ?", storable(f.Reporter))
	}
	var total int64
	if err := q.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var reports []Report
	err := q.Order("day DESC, received_at DESC, id DESC").Limit(f.Limit).Offset(f.Offset).Find(&reports).Error
	return reports, total, err
}

// Report reads one report of an account with everything in it.
func (s *Store) Report(ctx context.Context, accountID, id string) (FullReport, error) {
	var full FullReport
	err := s.inSnapshot(ctx, func(tx *gorm.DB) error {
		var err error
		if full.Report, err = first[Report](tx.Where("account_id = ? AND id = ?", accountID, id)); err != nil {
			return err
		}
		whole := tx.Where("domain_id = ? AND report_id = ?", full.DomainID, full.ID).Session(&gorm.Session{})
		if err := whole.Order("seq").Find(&full.Policies).Error; err != nil {
			return err
		}
		return whole.Order("policy_seq, seq").Find(&full.Failures).Error
	})
	return full, err
}

// ReportsOfDelivery lists the reports that a delivery has brought.
func (s *Store) ReportsOfDelivery(ctx context.Context, accountID, deliveryID string) ([]Report, error) {
	var reports []Report
	err := s.reader(ctx).Where("account_id = ? AND delivery_id = ?", accountID, deliveryID).Order("id").Find(&reports).Error
	return reports, err
}
