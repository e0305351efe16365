package tlsrpt

import "errors"

// The reasons for which bytes are not counted as a report. Errors of this
// package wrap exactly one of them.
var (
	// ErrNotAReport: nothing in the bytes is meant as a report.
	ErrNotAReport = errors.New("not a TLS report")
	// ErrMalformed: the mail, the archive, the JSON (RFC 8259) or the shape of the
	// report (RFC 8460 §4.4) is broken.
	ErrMalformed = errors.New("malformed")
	// ErrDuplicateKey: a key of RFC 8460 stands twice in one object (RFC 7493 §2.3).
	ErrDuplicateKey = errors.New("duplicate key")
	// ErrOutOfRange: a session count is negative, fractional or above 10^12, or all
	// of them together are.
	ErrOutOfRange = errors.New("count out of range")
	// ErrBadDates: date-range is missing or cannot be read, is longer than a year,
	// or lies in the future.
	ErrBadDates = errors.New("unusable dates")
	// ErrTooLarge, ErrTooDeep and ErrTooMany: beyond one of the Limits.
	ErrTooLarge = errors.New("too large")
	ErrTooDeep  = errors.New("nested too deep")
	ErrTooMany  = errors.New("too many elements")
	// ErrTrailingData: something follows the JSON object of the report.
	ErrTrailingData = errors.New("data after the report")
	// ErrEncoding: the report is in UTF-16, UTF-32 or Latin-1, or has a key that is
	// not UTF-8 (RFC 7493 §2.1).
	ErrEncoding = errors.New("not UTF-8")
)

// Reason is the stable word under which a delivery with this error is kept in
// quarantine. It is empty for nil, and malformed for an error of no kind.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	for _, r := range [...]struct {
		err  error
		word string
	}{
		{ErrNotAReport, "not-a-report"},
		{ErrDuplicateKey, "duplicate-key"},
		{ErrOutOfRange, "out-of-range"},
		{ErrBadDates, "bad-dates"},
		{ErrTooLarge, "too-large"},
		{ErrTooDeep, "too-deep"},
		{ErrTooMany, "too-many"},
		{ErrTrailingData, "trailing-data"},
		{ErrEncoding, "encoding"},
	} {
		if errors.Is(err, r.err) {
			return r.word
		}
	}
	return "malformed"
}
