package tlsrpt

import "time"

// Limits bound what a report may cost. All sizes are in bytes. Start from
// DefaultLimits: a zero limit allows nothing.
type Limits struct {
	Message      int // a whole mail or posted body
	Decompressed int // all that comes out of compression in one delivery together
	Ratio        int // decompressed to compressed bytes, after the first RatioFree
	RatioFree    int
	Layers       int // compression inside compression
	Members      int // members of one gzip stream
	Entries      int // files of one zip archive

	Depth    int // nesting of JSON objects and arrays
	Policies int
	Details  int // failure details of all policies together
	Lines    int // of one policy, and names in one mx-host
	String   int // one JSON string
	ReportID int // the report-id, which is hashed wherever it is a key

	MIMEDepth    int // nesting of multiparts and attached messages
	Forwards     int // messages attached to messages
	Parts        int // of one mail
	HeaderBytes  int // of one header section
	HeaderFields int

	// Now, if set, is the time of arrival: a report that starts more than a
	// day later is refused.
	Now time.Time
}

// DefaultLimits are the published limits.
func DefaultLimits() Limits {
	return Limits{
		Message:      25 << 20,
		Decompressed: 64 << 20,
		Ratio:        300,
		RatioFree:    1 << 20,
		Layers:       2,
		Members:      16,
		Entries:      16,
		Depth:        32,
		Policies:     1000,
		Details:      20000,
		Lines:        1000,
		String:       8 << 10,
		ReportID:     64 << 10,
		MIMEDepth:    10,
		Forwards:     3,
		Parts:        50,
		HeaderBytes:  256 << 10,
		HeaderFields: 1000,
	}
}
