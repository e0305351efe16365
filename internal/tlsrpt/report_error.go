package tlsrpt

import "errors"

// The reasons for which bytes are not counted as a report. Errors of this
// package wrap exactly one of them.
var (
	ErrNotAReport   = errors.New("not a TLS report")
	ErrMalformed    = errors.New("malformed")
	ErrDuplicateKey = errors.New("duplicate key")
	ErrOutOfRange   = errors.New("count out of range")
	ErrBadDates     = errors.New("unusable dates")
	ErrTooLarge     = errors.New("too large")
	ErrTooDeep      = errors.New("nested too deep")
	ErrTooMany      = errors.New("too many elements")
	ErrTrailingData = errors.New("data after the report")
	ErrEncoding     = errors.New("not UTF-8")
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
