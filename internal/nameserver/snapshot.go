package nameserver

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ErrSnapshot is wrapped by errors about a snapshot that is not whole or not one of ours.
var ErrSnapshot = errors.New("not a zone snapshot")

const (
	// A text of maxTXT octets, all escaped, with the longest name.
	maxSnapshotLine = 4*maxTXT + 1024
	maxSnapshotSize = 1 << 24 // entries

	snapshotEnd = "; end of zone, crc32c "
)

// WriteTo writes the zone as a zone file (RFC 1035 §5) that other name servers can load. Its last
// line is a comment with a checksum, by which ReadSnapshot sees that nothing is missing. Equal zones
// give equal bytes.
func (z *Zone) WriteTo(w io.Writer) (int64, error) {
	out := &summingWriter{w: w, sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
	b := bufio.NewWriterSize(out, 1<<16)
	z.writeFixed(b)
	var line []byte
	for _, r := range z.entries.sorted() {
		line = z.appendEntry(line[:0], r)
		b.Write(line) // bufio keeps the first error for Flush
	}
	if err := b.Flush(); err != nil {
		return out.n, err
	}
	fmt.Fprintf(b, "%s%08x\n", snapshotEnd, out.sum.Sum32())
	err := b.Flush()
	return out.n, err
}

// writeFixed writes what comes from the configuration.
func (z *Zone) writeFixed(b *bufio.Writer) {
	s := z.authority()
	mailbox := z.cfg.Hostmaster
	if local, domain, found := strings.Cut(mailbox, "@"); found {
		mailbox = escapeLocal.Replace(local) + "." + domain
	}
	fmt.Fprintf(b, "$ORIGIN %s.\n$TTL %d\n", z.cfg.Origin, z.cfg.TTL)
	fmt.Fprintf(b, "@ %d IN SOA %s. %s. %d %d %d %d %d\n", z.cfg.TTL, textName(s.mname), mailbox, s.serial, s.refresh, s.retry, s.expire, s.minimum)
	for _, h := range z.cfg.NS {
		fmt.Fprintf(b, "@ %d IN NS %s.\n", z.cfg.TTL, h.Name)
	}
	report, _ := wireName(z.cfg.ReportDomain)
	if _, in := relative(report, z.origin); in {
		for i, h := range z.cfg.MX {
			fmt.Fprintf(b, "%s. %d IN MX %d %s.\n", z.cfg.ReportDomain, z.cfg.TTL, preference(i), h.Name)
		}
	}
	hosts, _ := hostNames(slices.Concat(z.cfg.NS, z.cfg.MX))
	slices.Sort(hosts)
	for _, wire := range slices.Compact(hosts) {
		if _, in := relative(wire, z.origin); in {
			z.writeAddresses(b, wire)
		}
	}
}

func (z *Zone) writeAddresses(b *bufio.Writer, wire string) {
	for _, addr := range z.addressesOf(wire) {
		rtype := "AAAA"
		if addr.Is4() {
			rtype = "A"
		}
		fmt.Fprintf(b, "%s. %d IN %s %s\n", textName(wire), z.cfg.TTL, rtype, addr)
	}
}

func (z *Zone) appendEntry(line []byte, r record) []byte {
	ttl, text := recordText(r.wire)
	line = append(line, textName(reversed(r.name)+z.origin)...)
	line = append(line, ". "...)
	line = strconv.AppendUint(line, uint64(ttl), 10)
	line = append(line, " IN TXT"...)
	for part := range characterStrings(text) {
		line = appendQuoted(append(line, ' '), part)
	}
	return append(line, '\n')
}

// appendQuoted writes a character-string in quotes (RFC 1035 §5.1).
func appendQuoted(line []byte, text string) []byte {
	line = append(line, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			line = append(line, '\\', c)
		case c < ' ' || c > '~':
			line = append(line, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		default:
			line = append(line, c)
		}
	}
	return append(line, '"')
}

// Sum is the same for configurations that serve the same, and another one otherwise.
func (c Config) Sum() (string, error) {
	z, err := NewZone(c, 0, func(func(Entry) bool) {})
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := z.WriteTo(sum); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Snapshot is what a zone file of ours says beyond the configuration.
type Snapshot struct {
	Origin  string // of the zone it was written from
	Serial  uint32
	Entries []Entry
}

// ReadSnapshot reads what WriteTo has written. A file that was cut short or changed is an error that
// wraps ErrSnapshot. Name servers, mail hosts and addresses come from the configuration: their lines
// are passed over.
func ReadSnapshot(r io.Reader) (Snapshot, error) {
	var snap Snapshot
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxSnapshotLine)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if want, found := strings.CutPrefix(line, snapshotEnd); found {
			if want != fmt.Sprintf("%08x", sum.Sum32()) {
				return Snapshot{}, fmt.Errorf("%w: checksum differs", ErrSnapshot)
			}
			return snap, nil
		}
		io.WriteString(sum, line)
		io.WriteString(sum, "\n")
		if err := snap.readLine(line); err != nil {
			return Snapshot{}, fmt.Errorf("%w: line %d: %w", ErrSnapshot, n, err)
		}
	}
	return Snapshot{}, fmt.Errorf("%w: %w", ErrSnapshot, cmp.Or(lines.Err(), io.ErrUnexpectedEOF))
}

// ReadZone builds a zone from what WriteTo has written and the configuration of now. The snapshot of
// another zone is an error that wraps ErrSnapshot.
func ReadZone(cfg Config, r io.Reader) (*Zone, error) {
	snap, err := ReadSnapshot(r)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(snap.Origin, cfg.Origin) {
		return nil, fmt.Errorf("%w: it is of %q", ErrSnapshot, snap.Origin)
	}
	return NewZone(cfg, snap.Serial, slices.Values(snap.Entries))
}

func (s *Snapshot) readLine(line string) error {
	if origin, found := strings.CutPrefix(line, "$ORIGIN "); found {
		s.Origin = strings.TrimSuffix(origin, ".")
		return nil
	}
	if before, data, found := strings.Cut(line, " IN TXT "); found {
		return s.readEntry(before, data)
	}
	if _, data, found := strings.Cut(line, " IN SOA "); found {
		fields := strings.Fields(data)
		if len(fields) != 7 {
			return errors.New("SOA without its seven fields")
		}
		serial, err := strconv.ParseUint(fields[2], 10, 32)
		s.Serial = uint32(serial)
		return err
	}
	return nil
}

func (s *Snapshot) readEntry(before, data string) error {
	owner, ttlText, _ := strings.Cut(before, " ")
	ttl, err := strconv.ParseUint(ttlText, 10, 31)
	if err != nil {
		return err
	}
	text, err := unquoted(data)
	if err != nil {
		return err
	}
	if len(s.Entries) == maxSnapshotSize {
		return errors.New("too many entries")
	}
	s.Entries = append(s.Entries, Entry{Owner: strings.TrimSuffix(owner, "."), TXT: text, TTL: uint32(ttl)})
	return nil
}

// unquoted joins the quoted strings of a TXT line.
func unquoted(data string) (string, error) {
	text := make([]byte, 0, len(data))
	quoted := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && c != ' ':
			return "", errors.New("text outside quotes")
		case !quoted:
		case c != '\\':
			text = append(text, c)
		default:
			c, n, err := unescaped(data[i+1:])
			if err != nil {
				return "", err
			}
			text = append(text, c)
			i += n
		}
	}
	if quoted {
		return "", errors.New("quote not closed")
	}
	return string(text), nil
}

// unescaped reads what follows a backslash: three digits, or the octet itself.
func unescaped(data string) (c byte, n int, err error) {
	if data == "" {
		return 0, 0, errors.New("nothing after backslash")
	}
	if data[0] < '0' || data[0] > '9' {
		return data[0], 1, nil
	}
	v, err := strconv.ParseUint(data[:min(3, len(data))], 10, 8)
	return byte(v), 3, err
}

// escapeLocal protects the local part of a mailbox in a zone file.
var escapeLocal = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `"`, `\"`, `;`, `\;`, `(`, `\(`, `)`, `\)`, `@`, `\@`, `$`, `\$`)

// summingWriter counts and sums what passes through it.
type summingWriter struct {
	w   io.Writer
	sum hash.Hash32
	n   int64
}

func (s *summingWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.sum.Write(p[:n])
	s.n += int64(n)
	return n, err
}
