package tlsrpt

import (
	"bytes"
	"fmt"
)

// RawReports gives the reports in any bytes as they were sent, JSON or gzip,
// without the mail around them: what could be POSTed in its place (RFC 8460
// §5.4). Reports in zip, which no endpoint expects, are written anew. Errors
// are those of Read.
func RawReports(b []byte, lim Limits) ([][]byte, error) {
	r := readers.Get().(*reader)
	defer r.release()
	r.lim, r.keepRaw = lim, true
	if err := r.read(b); err != nil {
		return nil, err
	}
	switch {
	case len(r.raw) > 0:
		return r.raw, nil
	case len(r.found.Reports) > 0:
		return encodeAll(r.found.Reports)
	case len(r.found.Problems) > 0:
		return nil, r.found.Problems[0]
	default:
		return nil, fmt.Errorf("%w: nothing in it looks like a report", ErrNotAReport)
	}
}

// keep remembers a part as it was sent.
func (r *reader) keep(b []byte) {
	if r.keepRaw && (isGzip(b) || kindOf(b) == kindJSON) {
		r.raw = append(r.raw, bytes.Clone(b))
	}
}

func encodeAll(reports []*Report) ([][]byte, error) {
	var all [][]byte
	for _, report := range reports {
		data, err := report.Encode()
		if err != nil {
			return nil, err
		}
		packed, err := Gzip(data)
		if err != nil {
			return nil, err
		}
		all = append(all, packed)
	}
	return all, nil
}

// MediaType is the media type of RFC 8460 §6.4 and §6.5 that a report has as it
// was sent.
func MediaType(raw []byte) string {
	if isGzip(raw) {
		return "application/tlsrpt+gzip"
	}
	return "application/tlsrpt+json"
}
