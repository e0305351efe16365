package views

import "time"

// DeliveriesPage is "/deliveries" (?state=&page=). "POST
// /deliveries/{id}/accept" counts an unverified delivery.
type DeliveriesPage struct {
	Frame
	Rows  []DeliveryRow
	Files Files
	Pager Pager
	// State filters by delivery state; "" is all.
	State string
}

// DeliveryRow is one message, POST or file as it arrived.
type DeliveryRow struct {
	ID string
	// State is pending, counted, unverified, duplicate, quarantined or self-test.
	State string
	// Reason of a quarantined delivery, "" otherwise.
	Reason string
	Domain string
	// Via is "mail", "POST", "upload" or "mailbox".
	Via      string
	From     string
	Received time.Time
	// Size in bytes.
	Size int64
	// ReportURL opens the report made from it; "" when there is none.
	ReportURL string
	// OriginalURL downloads the bytes as they arrived; "" when no longer kept.
	OriginalURL string
	// Reporter is who it is from, as far as it is known, and Trust how that was
	// proven; "" when nothing was read of it.
	Reporter string
	Trust    Trust
	// The buttons that a member gets: count an unverified delivery, take that
	// back, read one again that does not count, delete it.
	CanAccept, CanWithdraw, CanReplay, CanDelete bool
}
