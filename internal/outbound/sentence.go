package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"syscall"
)

// Sentence says in one sentence for the person who has named the target what
// went wrong. It shows nothing of our own network.
func Sentence(err error) string {
	var dns *net.DNSError
	var answer *ErrAnswer
	var reply *textproto.Error
	switch {
	case errors.Is(err, ErrAddress):
		return "Its address is not one of the public internet."
	case errors.Is(err, ErrPort):
		return "Its port is not allowed: https targets use port 443."
	case errors.Is(err, ErrNoRelay):
		return "This installation sends no mail: its operator has not set MAIL_URL."
	case errors.Is(err, ErrLoop):
		return "The message has been sent on too often already; it seems to go round in circles."
	case errors.As(err, &answer):
		return "The server answered " + answer.Status + "."
	case errors.As(err, &reply):
		return "The mail server answered " + strconv.Itoa(reply.Code) + " " + printable(reply.Msg) + "."
	case errors.As(err, &dns):
		return dnsSentence(dns)
	case certificateError(err):
		return "Its certificate is not valid for its name."
	case timedOut(err):
		return "It did not answer in time."
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "It does not take connections."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "It closed the connection."
	case errors.Is(err, ErrRefused):
		return "It refused the message."
	default:
		return "The connection failed."
	}
}

func dnsSentence(err *net.DNSError) string {
	if err.IsNotFound {
		return "The name " + printable(err.Name) + " has no address."
	}
	return "The name " + printable(err.Name) + " could not be looked up."
}

func certificateError(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// printable is the beginning of another's words on one line, in ASCII.
func printable(s string) string {
	const longest = 200
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
	if len(s) > longest {
		s = s[:longest] + "..."
	}
	return strings.TrimRight(strings.Join(strings.Fields(s), " "), ".")
}
