package views

import "time"

// DeliveryPage is "/deliveries/{id}": the life of one delivery. Members get
// buttons that POST to accept, withdraw, replay and delete below it.
type DeliveryPage struct {
	Frame
	Row DeliveryRow
	// Reporter is the identity, Claimed what it rests on.
	Reporter string
	// RemoteAddr, EnvelopeFrom and FileName are as they came, "" when unknown.
	RemoteAddr, EnvelopeFrom, FileName string
	// DKIM is the result of the signature check with its domain and selector;
	// Proof says it in one sentence.
	DKIM, DKIMDomain, DKIMSelector, Proof string
	Steps                                 []DeliveryStep
	Reports                               []ReportRow
}

// DeliveryStep is one step of a delivery's life.
type DeliveryStep struct {
	// At is zero for a step that has no time of its own.
	At      time.Time
	Verdict Verdict
	Word    string // received, stored, authenticated ...
	Text    string
}
