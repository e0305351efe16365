package tlsrpt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Found is what Read found.
type Found struct {
	// Reports holds every report once, in the order found.
	Reports []*Report
	// Problems tells of each part that looked like a report and could not be
	// read as one.
	Problems []error
	// Mail is nil unless the bytes are a mail.
	Mail *MailInfo
}

// Read finds the reports in any bytes: a mail, JSON, either of them in gzip or
// zip. What is what is told by the bytes themselves, not by types and names.
// The error is not nil exactly when there is no report; it wraps one of this
// package's sentinels, and Found.Mail is set all the same where there is a
// mail. A mail beyond the limits gives no report at all.
func Read(b []byte, lim Limits) (Found, error) {
	r := readers.Get().(*reader)
	defer r.release()
	r.lim = lim
	err := r.read(b)
	found := r.found
	if err != nil {
		found.Reports = nil
		return found, err
	}
	if len(found.Reports) > 0 {
		return found, nil
	}
	if len(found.Problems) > 0 {
		return found, found.Problems[0]
	}
	return found, fmt.Errorf("%w: nothing in it looks like a report", ErrNotAReport)
}

func (r *reader) read(b []byte) error {
	if len(b) > r.lim.Message {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	}
	r.keep(b)
	return r.content(b, origin{})
}

// origin says how some bytes were reached.
type origin struct {
	layers int  // of compression around them
	owned  bool // made by this package and free to keep
	inMail bool
	notes  tally
}

// content reads bytes that are the whole of something. Its error ends the
// reading; what is wrong with one report becomes a problem.
func (r *reader) content(b []byte, c origin) error {
	switch kindOf(b) {
	case kindGzip, kindZip:
		return r.compressed(b, c)
	case kindJSON:
		r.json(b, &c)
		return nil
	case kindUTF16:
		r.problem(fmt.Errorf("%w: the text is in UTF-16 or UTF-32", ErrEncoding))
		return nil
	case kindMail:
		if !c.inMail {
			return r.mail(b)
		}
	}
	r.problem(notAReport(b))
	return nil
}

// compressed reads what is inside gzip or zip.
func (r *reader) compressed(b []byte, c origin) error {
	if c.layers++; c.layers > r.lim.Layers {
		r.problem(fmt.Errorf("%w: compressed more than %d times", ErrTooDeep, r.lim.Layers))
		return nil
	}
	left := r.lim
	left.Decompressed -= r.unpacked
	if isZip(b) {
		files, err := unzip(b, &left)
		if err != nil {
			r.problem(err)
			return nil
		}
		for _, f := range files {
			r.unpacked += len(f)
		}
		return r.archived(files, c)
	}
	out, err := gunzip(b, &left, &c.notes)
	if err != nil {
		r.problem(err)
		return nil
	}
	r.unpacked += len(out)
	c.owned = true
	return r.content(out, c)
}

// archived reads the files of an archive. Those that are no report are passed
// over like the text of a mail, unless there is nothing else.
func (r *reader) archived(files [][]byte, c origin) error {
	var strange []byte
	read := 0
	for _, f := range files {
		if k := kindOf(f); k == kindOther || k == kindEmpty || k == kindMail && c.inMail {
			strange = f
			continue
		}
		read++
		if err := r.content(f, c); err != nil {
			return err
		}
	}
	if read == 0 && len(files) > 0 {
		r.problem(notAReport(strange))
	}
	return nil
}

// json reads one report.
func (r *reader) json(b []byte, c *origin) {
	if !c.owned {
		b = bytes.Clone(b)
	}
	report, err := parseOwned(b, &r.lim)
	if err != nil {
		r.problem(err)
		return
	}
	report.Warnings = append(report.Warnings, c.notes.warnings()...)
	r.add(report)
}

// add keeps a report unless the same is there already.
func (r *reader) add(report *Report) {
	if len(r.found.Reports) > 0 {
		hash := report.Hash()
		if slices.ContainsFunc(r.found.Reports, func(o *Report) bool { return o.Hash() == hash }) {
			return
		}
	}
	r.found.Reports = append(r.found.Reports, report)
}

func (r *reader) problem(err error) { r.found.Problems = append(r.found.Problems, err) }

// kind is what bytes are by their first few.
type kind int

const (
	kindOther kind = iota
	kindEmpty
	kindGzip
	kindZip
	kindJSON
	kindUTF16
	kindMail
)

// holdsReport tells whether a report can be in it.
func (k kind) holdsReport() bool { return k == kindGzip || k == kindZip || k == kindJSON }

func kindOf(b []byte) kind {
	if len(b) > 1 && b[0] == '{' && b[1] != 0 { // what nearly all are, and in no UTF-16
		return kindJSON
	}
	if isGzip(b) {
		return kindGzip
	}
	if isZip(b) {
		return kindZip
	}
	if isUTF16(b) {
		return kindUTF16
	}
	rest := bytes.TrimLeft(bytes.TrimPrefix(b, utf8BOM), " \t\r\n")
	if len(rest) == 0 {
		return kindEmpty
	}
	if rest[0] == '{' || rest[0] == '[' {
		return kindJSON
	}
	if first := view(rest[:min(len(rest), 100)]); isField(first) || strings.HasPrefix(first, "From ") {
		return kindMail
	}
	return kindOther
}

// notAReport names what the bytes are instead, where that helps.
func notAReport(b []byte) error {
	for _, m := range [...]struct{ magic, name string }{
		{"\x28\xb5\x2f\xfd", "zstd"}, {"BZh", "bzip2"}, {"\xfd7zXZ", "xz"}, {"7z\xbc\xaf", "7-Zip"},
		{"Rar!", "RAR"}, {"%PDF", "PDF"}, {"<", "XML or HTML"},
	} {
		if bytes.HasPrefix(b, []byte(m.magic)) {
			return fmt.Errorf("%w: %s is not supported", ErrNotAReport, m.name)
		}
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return fmt.Errorf("%w: it is empty", ErrNotAReport)
	}
	return fmt.Errorf("%w: neither mail, JSON, gzip nor zip", ErrNotAReport)
}
