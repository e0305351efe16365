package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/views"
)

const (
	// maxTyped is how much of the generator's field is read, in bytes.
	maxTyped = 16 << 10
	// maxDestinations is how many lines of it are.
	maxDestinations = 100
)

// showGenerate is the record generator. What is typed stands in the address, so
// that a record can be sent as a link; nothing is stored.
func (s *site) showGenerate(c echo.Context) error {
	page := views.GeneratePage{
		Frame: s.publicFrame(c, "TLS-RPT record generator",
			"Write a TLS-RPT record (RFC 8460) with any number of mailto and https destinations, in the form that every known sender reads.", toolGeneratePath),
		Typed: strings.Join(c.QueryParams()["to"], "\n"), Domain: c.QueryParam("domain"), Name: "example.com",
	}
	if page.Domain != "" {
		name, refused := checkable(page.Domain)
		if refused != nil {
			page.DomainError = refused.Sentence
		} else {
			page.Name = name
		}
	}
	if err := writeRecord(&page); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Generate(page))
}

// writeRecord fills in what the destinations give.
func writeRecord(page *views.GeneratePage) error {
	lines := typedLines(page)
	var uris []string
	page.Destinations, uris = destinationRows(lines)
	if len(uris) == 0 {
		return nil
	}
	record, err := tlsrpt.WriteRecord(uris)
	if err != nil {
		return err // each was accepted by itself, and there are not so many
	}
	page.Record, page.Strings = record, tlsrpt.SplitTXT(record)
	for _, r := range tlsrpt.LintText(record).Senders {
		page.Senders = append(page.Senders, senderRow(string(r.Family), string(r.Outcome), r.Useful))
	}
	return nil
}

// typedLines are the destinations as typed, one a line; a list between commas,
// as in a record, is taken for several.
func typedLines(page *views.GeneratePage) []string {
	text := page.Typed
	if len(text) > maxTyped {
		text = strings.ToValidUTF8(text[:maxTyped], "")
		page.TooMany = fmt.Sprintf("Only the first %d characters are read.", maxTyped)
	}
	var lines []string
	for line := range strings.Lines(text) {
		for _, typed := range commaList(strings.TrimSpace(line)) {
			if typed == "" || slices.Contains(lines, typed) {
				continue
			}
			if len(lines) == maxDestinations {
				page.TooMany = fmt.Sprintf("Only the first %d destinations are read.", maxDestinations)
				return lines
			}
			lines = append(lines, typed)
		}
	}
	return lines
}

// commaList cuts a line at its commas if every piece is a destination; a comma
// may also be a part of one.
func commaList(line string) []string {
	pieces := strings.Split(line, ",")
	for _, p := range pieces {
		if _, err := tlsrpt.TypedDestination(p); err != nil {
			return []string{line}
		}
	}
	for i, p := range pieces {
		pieces[i] = strings.TrimSpace(p)
	}
	return pieces
}

// destinationRows puts mail first, because some senders send by mail only and
// some to the first destination only, and gives the URIs of those that work.
func destinationRows(lines []string) ([]views.DestinationRow, []string) {
	var mail, https, wrong []views.DestinationRow
	var accepted []string
	for _, typed := range lines {
		d, err := tlsrpt.TypedDestination(typed)
		if err == nil {
			if _, err = tlsrpt.WriteRecord(append(slices.Clone(accepted), d.Raw)); err == nil {
				accepted = append(accepted, d.Raw)
			}
		}
		row := destinationRow(typed, d, err)
		switch {
		case err != nil:
			wrong = append(wrong, row)
		case d.Address != "":
			mail = append(mail, row)
		default:
			https = append(https, row)
		}
	}
	rows := slices.Concat(mail, https)
	var uris []string
	for _, r := range rows {
		uris = append(uris, r.URI)
	}
	return append(rows, wrong...), uris
}

func destinationRow(typed string, d tlsrpt.Destination, err error) views.DestinationRow {
	row := views.DestinationRow{Typed: domainname.Show(typed), Verdict: views.Fail}
	switch {
	case err == nil:
		row.URI, row.Verdict = d.Raw, views.Pass
		row.Text, _ = destinationMeaning(d.Raw)
		if d.Address != "" && strings.Contains(d.Raw, "%") {
			row.Verdict, row.Text = views.Warn, row.Text+" Some senders do not decode the percent signs and fail; a plainer address is safer."
		}
	case errors.Is(err, tlsrpt.ErrRepeated):
		row.Text = "This destination is in the list already."
	case errors.Is(err, tlsrpt.ErrRecordTooLong):
		row.Text = "The record is full: no more fits into one TXT record."
	case errors.Is(err, tlsrpt.ErrScheme):
		row.Text = "Use a mail address or an https:// address; reports know no other way."
	case errors.Is(err, tlsrpt.ErrNoScheme):
		row.Text = "Write a mail address, or put https:// before a web address."
	default:
		row.Text = destinationFault(typed)
	}
	return row
}

// destinationFault says what is wrong with an address of the right kind.
func destinationFault(typed string) string {
	switch {
	case strings.IndexFunc(typed, func(r rune) bool { return r > '~' }) >= 0:
		return "It has characters beyond ASCII: write the domain in its xn-- form, and the rest with percent signs."
	case strings.ContainsAny(typed, " \t"):
		return "It has a blank in it."
	case strings.Contains(typed, "?") && !strings.HasPrefix(strings.ToLower(typed), "https:"):
		return "Nothing may follow the address: no subject, no further recipients."
	case strings.HasSuffix(typed, "."):
		return "Remove the dot at its end."
	default:
		return "No report can be delivered to an address of this form."
	}
}
