package domainname

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
)

// ErrTooMany says that a list holds more names than are read at once.
var ErrTooMany = errors.New("too many names")

// List cuts pasted text into what stands for a name each: at line ends, blanks,
// commas and semicolons. The pieces are not judged. ErrTooMany beyond limit.
func List(text string, limit int) ([]string, error) {
	var names []string
	for name := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r < 0x80 && unicode.IsSpace(r) }) {
		if len(names) == limit {
			return names, ErrTooMany
		}
		names = append(names, name)
	}
	return names, nil
}

// CSV gives the names in a table: those of the column headed domain or name, or
// else of the first. Fields are separated by commas, semicolons or tabs. The
// names are not judged. The error is ErrTooMany beyond limit, or one of
// encoding/csv for what is no table.
func CSV(text string, limit int) ([]string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	table := csv.NewReader(strings.NewReader(text))
	table.Comma, table.LazyQuotes, table.FieldsPerRecord, table.ReuseRecord = separator(text), true, -1, true
	column, first := 0, true
	var names []string
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return names, err
		}
		if first {
			first = false
			if i := slices.IndexFunc(row, heading); i >= 0 {
				column = i
				continue
			}
		}
		if column >= len(row) || strings.TrimSpace(row[column]) == "" {
			continue
		}
		if len(names) == limit {
			return names, ErrTooMany
		}
		names = append(names, row[column])
	}
}

func heading(field string) bool {
	switch strings.ToLower(strings.TrimSpace(field)) {
	case "domain", "domains", "domain name", "name", "zone":
		return true
	}
	return false
}

// separator is the one that the first line uses most.
func separator(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, r := range ";\t" {
		if strings.Count(line, string(r)) > strings.Count(line, string(best)) {
			best = r
		}
	}
	return best
}
