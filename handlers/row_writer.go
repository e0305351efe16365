package handlers

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// rowWriter writes rows as CSV (RFC 4180) or as a JSON array of objects. A
// value is a string, an int64, or nil for what is not known.
type rowWriter struct {
	buffer  *bufio.Writer
	csv     *csv.Writer // nil for JSON
	columns []string
	rows    int
	cells   []string
}

func newRowWriter(w io.Writer, kind string) *rowWriter {
	out := &rowWriter{buffer: bufio.NewWriterSize(w, 32<<10)}
	if kind == "csv" {
		out.csv = csv.NewWriter(out.buffer)
		out.csv.UseCRLF = true
	}
	return out
}

// head names the columns and comes before the rows.
func (w *rowWriter) head(columns ...string) {
	w.columns = columns
	if w.csv != nil {
		_ = w.csv.Write(columns) // close tells of it
		return
	}
	w.buffer.WriteByte('[')
}

func (w *rowWriter) row(values ...any) error {
	w.rows++
	if w.csv != nil {
		w.cells = w.cells[:0]
		for _, v := range values {
			w.cells = append(w.cells, csvCell(v))
		}
		return w.csv.Write(w.cells)
	}
	if w.rows > 1 {
		w.buffer.WriteByte(',')
	}
	w.buffer.WriteString("\n{")
	for i, v := range values {
		if i > 0 {
			w.buffer.WriteByte(',')
		}
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		w.buffer.WriteString(strconv.Quote(w.columns[i]) + ":")
		w.buffer.Write(text)
	}
	return w.buffer.WriteByte('}')
}

// close writes what is left.
func (w *rowWriter) close() error {
	if w.csv != nil {
		w.csv.Flush()
		if err := w.csv.Error(); err != nil {
			return err
		}
	} else {
		w.buffer.WriteString("\n]\n")
	}
	return w.buffer.Flush()
}

// csvCell is a value as a spreadsheet shows it and never runs it: text that
// would begin a formula gets an apostrophe before it.
func csvCell(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(v)[0]) {
			return "'" + v
		}
		return v
	default:
		return ""
	}
}
