package outbound

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// hopField counts how often an installation has sent a message on: each adds
// one.
const hopField = "Sealpost-Hops"

const (
	// maxHops is how often a message may have been sent on before it is taken
	// for one that goes round in circles.
	maxHops = 3
	// maxReceived is the same for all mail servers together (RFC 5321 §6.3).
	maxReceived = 50
)

// ErrLoop says that a message has been on its way too often.
var ErrLoop = fmt.Errorf("%w: it has been sent on too often", ErrRefused)

// Resend is a message on its way to somebody it was not addressed to.
type Resend struct {
	From, To string
	Date     time.Time
	ID       string // of this resending
}

// Message puts the trace fields of RFC 5322 §3.6.6 before a message and leaves
// everything behind them as it is, so that its DKIM signatures stay valid. A
// message that goes round in circles is refused with ErrLoop.
func (r Resend) Message(raw []byte) ([]byte, error) {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	if fields(head, hopField) >= maxHops || fields(head, "Received") >= maxReceived || answersItself(head) {
		return nil, ErrLoop
	}
	if strings.ContainsAny(r.From+r.To+r.ID, "\r\n<>") {
		return nil, fmt.Errorf("%w: an address with a line end", ErrRefused)
	}
	_, domain, _ := strings.Cut(r.From, "@")
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s: 1\r\nResent-Message-ID: <%s@%s>\r\nResent-Date: %s\r\nResent-From: %s\r\nResent-To: %s\r\n",
		hopField, r.ID, domain, r.Date.Format(time.RFC1123Z), r.From, r.To)
	out.Write(raw)
	return out.Bytes(), nil
}

// answersItself tells an answer of a machine to a mail (RFC 3834 §5) from a
// mail that a machine has made; reports are the latter.
func answersItself(head []byte) bool {
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(name, []byte("Auto-Submitted")) && bytes.Contains(bytes.ToLower(value), []byte("auto-replied")) {
			return true
		}
	}
	return false
}

func fields(head []byte, name string) int {
	n := 0
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		if got, _, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(bytes.TrimRight(got, " \t"), []byte(name)) {
			n++
		}
	}
	return n
}
