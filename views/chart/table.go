package chart

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// mostTypeCells bounds days times types in the table: a year of five types
// would weigh more than the rest of the page (rulings.md 33).
const mostTypeCells = 400

func isoDay(d time.Time) string { return d.UTC().Format(time.DateOnly) }

// typeColumns are the types with a column of their own.
func (t Trend) typeColumns() []string {
	if len(t.Types)*len(t.Days) > mostTypeCells {
		return nil
	}
	return t.Types
}

// columns is how many numbers a row holds.
func (t Trend) columns() int {
	if t.FailuresOnly {
		return 1 + len(t.typeColumns())
	}
	return 3 + len(t.typeColumns())
}

func (d Day) byType(i int) int64 {
	if i >= len(d.ByType) {
		return 0
	}
	return d.ByType[i]
}

// rows writes a row for each day. It is written by hand because a year of rows
// by templ takes twenty times as long as the drawing; what comes from outside
// (links and notes) is escaped here.
func (t Trend) rows() templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		r := t.newRowWriter()
		for i, d := range t.Days {
			if _, err := w.Write(r.row(i, d)); err != nil {
				return err
			}
		}
		return nil
	})
}

// rowWriter writes one row after the other into the same memory.
type rowWriter struct {
	trend   Trend
	notes   []string
	types   int
	none    string // how many columns are empty in a row without a report
	daysURL string // escaped
	buf     []byte
}

func (t Trend) newRowWriter() *rowWriter {
	return &rowWriter{
		trend: t, notes: t.notes(), types: len(t.typeColumns()), none: strconv.Itoa(t.columns()),
		daysURL: templ.EscapeString(string(templ.URL(t.DaysURL))),
	}
}

// row is the row of a day. The next one takes its place.
func (r *rowWriter) row(i int, d Day) []byte {
	b := append(append(append(r.buf[:0], "<tr data-"...), r.trend.Per.word()...), `="`...)
	b = d.Date.UTC().AppendFormat(b, time.DateOnly)
	if d.Known {
		b = r.trend.appendCounts(r.appendHead(d.appendTotals(b), d, r.notes[i]), d, r.types)
	} else {
		b = r.appendHead(append(b, '"'), d, r.notes[i])
		b = append(append(append(b, `<td class="none" colspan="`...), r.none...), `">no report</td>`...)
	}
	r.buf = append(b, "</tr>"...)
	return r.buf
}

func (d Day) appendTotals(b []byte) []byte {
	b = append(b, `" data-successful="`...)
	b = strconv.AppendInt(b, d.Successful, 10)
	b = append(b, `" data-failed="`...)
	return append(strconv.AppendInt(b, d.Failed, 10), '"')
}

func (r *rowWriter) appendHead(b []byte, d Day, note string) []byte {
	b = append(b, `><th scope="row">`...)
	linked := r.trend.DaysURL != ""
	if linked {
		b = d.Date.UTC().AppendFormat(append(append(b, `<a href="`...), r.daysURL...), time.DateOnly)
		b = append(b, `">`...)
	}
	b = d.Date.UTC().AppendFormat(b, r.trend.Per.format())
	if linked {
		b = append(b, "</a>"...)
	}
	if note != "" {
		b = append(append(append(b, " <small>"...), templ.EscapeString(note)...), "</small>"...)
	}
	return append(b, "</th>"...)
}

func (t Trend) appendCounts(b []byte, d Day, types int) []byte {
	if !t.FailuresOnly {
		b = appendCell(b, d.Successful)
	}
	b = appendCell(b, d.Failed)
	if !t.FailuresOnly {
		b = append(appendShare(append(b, "<td>"...), d.Failed, d.Successful+d.Failed), "</td>"...)
	}
	for i := range types {
		b = appendCell(b, d.byType(i))
	}
	return b
}

func appendCell(b []byte, n int64) []byte {
	return append(appendNumber(append(b, "<td>"...), n), "</td>"...)
}

// notes says beside a day what the chart shows by a marker or a veil.
func (t Trend) notes() []string {
	notes := make([]string, len(t.Days))
	if len(t.Days) == 0 {
		return notes
	}
	add := func(i int, text string) {
		if notes[i] != "" {
			notes[i] += "; "
		}
		notes[i] += text
	}
	for i, d := range t.Days {
		if d.Filling {
			add(i, "still filling")
		}
	}
	for _, e := range t.Events {
		if i := t.index(e.Day); i >= 0 {
			add(i, e.Label)
		}
	}
	return notes
}
