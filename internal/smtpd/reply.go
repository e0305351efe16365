package smtpd

import (
	"errors"
	"strconv"
	"strings"
)

// reply is one answer to the client. Code 0 says nothing.
type reply struct {
	code   int
	status string   // enhanced status code (RFC 2034), empty where it has no place
	text   []string // one line each
	close  bool     // the connection ends after it
	drain  bool     // and what the client still sends is read and thrown away first
}

func say(code int, status, text string) reply {
	return reply{code: code, status: status, text: []string{text}}
}

func sayAndClose(code int, status, text string) reply {
	return reply{code: code, status: status, text: []string{text}, close: true}
}

// sayAndDrain ends a connection in the middle of what the client sends. To close over unread bytes would
// reset the connection and could destroy the reply on its way.
func sayAndDrain(code int, status, text string) reply {
	return reply{code: code, status: status, text: []string{text}, close: true, drain: true}
}

// silentClose ends a connection on which no answer can arrive or make sense.
func silentClose() reply { return reply{close: true} }

func (r reply) isError() bool { return r.code >= 500 }

// String is the reply on the wire, RFC 5321 §4.2.1.
func (r reply) String() string {
	if r.code == 0 {
		return ""
	}
	var b strings.Builder
	for i, line := range r.text {
		b.WriteString(strconv.Itoa(r.code))
		if i < len(r.text)-1 {
			b.WriteByte('-')
		} else {
			b.WriteByte(' ')
		}
		if r.status != "" {
			b.WriteString(r.status + " ")
		}
		b.WriteString(line + "\r\n")
	}
	return b.String()
}

// verdict is the one place where errors of Config.Ready, Config.Recipient and Config.Accept become replies.
// The error itself is never shown to the client.
func verdict(err error) reply {
	switch {
	case errors.Is(err, ErrUnknownRecipient):
		return say(550, "5.1.1", "no such recipient here")
	case errors.Is(err, ErrOverQuota):
		return say(450, "4.7.1", "over quota, try again later")
	case errors.Is(err, ErrFull):
		return say(452, "4.3.1", "no room, try again later")
	case errors.Is(err, ErrBusy):
		return say(452, "4.3.1", "too busy, try again later")
	default:
		return say(451, "4.3.0", "temporary failure, try again later")
	}
}

// isOurs tells a failure that the operator must hear about from an answer that was meant.
func isOurs(err error) bool {
	for _, meant := range []error{ErrUnknownRecipient, ErrOverQuota, ErrFull, ErrBusy} {
		if errors.Is(err, meant) {
			return false
		}
	}
	return true
}
