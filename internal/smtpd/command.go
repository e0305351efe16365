package smtpd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

var (
	outOfSequence = say(503, "5.5.1", "bad sequence of commands")
	noArguments   = say(501, "5.5.4", "no argument is allowed")
)

func (s *session) ehlo(argument string) reply {
	r := s.greet(argument)
	if r.code != 250 {
		return r
	}
	r.text = append(r.text, "PIPELINING", "8BITMIME", "SMTPUTF8", fmt.Sprintf("SIZE %d", s.limits().MessageBytes))
	if s.server.config.TLS != nil && !s.tls {
		r.text = append(r.text, "STARTTLS")
	}
	r.text = append(r.text, "ENHANCEDSTATUSCODES")
	return r
}

func (s *session) helloOld(argument string) reply { return s.greet(argument) }

// greet takes any name for itself: clients lie or do not know better, and nothing depends on it. It also
// ends an open transaction (RFC 5321 §4.1.4).
func (s *session) greet(name string) reply {
	if name == "" || len(name) > 255 || strings.Contains(name, " ") {
		return say(501, "5.5.4", "one host name is required")
	}
	again := s.helo != ""
	s.helo = name
	s.tx = nil
	r := say(250, "", s.server.config.Hostname)
	if again {
		return s.idled(r)
	}
	return r
}

// mail begins a transaction, RFC 5321 §4.1.1.2.
func (s *session) mail(argument string) reply {
	if s.helo == "" || s.tx != nil {
		return outOfSequence
	}
	if s.transactions >= s.limits().Transactions {
		return sayAndDrain(421, "4.7.0", "too many messages in one session")
	}
	from, rest, ok := cutPath(argument, "FROM:")
	if !ok {
		return say(501, "5.1.7", "syntax: MAIL FROM:<address>")
	}
	p, refusal := parseMailParameters(rest)
	if refusal != nil {
		return *refusal
	}
	if p.size > uint64(s.limits().MessageBytes) {
		return say(552, "5.3.4", "message too large")
	}
	if !p.utf8 && !isASCII(from) {
		return say(553, "5.6.7", "SMTPUTF8 is required for this address")
	}
	if ready := s.server.config.Ready; ready != nil {
		if err := ready(); err != nil {
			s.server.stats.deferred.Add(1)
			return verdict(err)
		}
	}
	s.keepPace()
	s.transactions++
	s.tx = &transaction{from: from, utf8: p.utf8, end: s.transactionEnd()}
	return say(250, "2.1.0", "ok")
}

// keepPace has a client wait whose network sends more than its share, so that it
// does not take the others' (G10). What it was told before is not held back.
func (s *session) keepPace() {
	if turn := s.server.pace.Take(s.remote.Addr(), time.Now()); turn > 0 {
		s.server.stats.paced.Add(1)
		s.wire.flush() // a failure shows at the next read
		wait(s.stopping, turn)
	}
}

type mailParameters struct {
	size uint64
	utf8 bool
}

// parseMailParameters reads the ESMTP parameters of MAIL: SIZE (RFC 1870), BODY (RFC 6152) and SMTPUTF8.
func parseMailParameters(s string) (mailParameters, *reply) {
	var p mailParameters
	seen := map[string]bool{}
	for _, field := range strings.Fields(s) {
		key, value, _ := strings.Cut(field, "=")
		key = strings.ToUpper(key)
		ok := !seen[key]
		seen[key] = true
		switch key {
		case "SIZE":
			var err error
			p.size, err = strconv.ParseUint(value, 10, 64)
			ok = ok && err == nil
		case "BODY":
			ok = ok && (strings.EqualFold(value, "7BIT") || strings.EqualFold(value, "8BITMIME"))
		case "SMTPUTF8":
			p.utf8 = true
			ok = ok && len(field) == len(key)
		default:
			r := say(555, "5.5.4", "unknown MAIL parameter")
			return p, &r
		}
		if !ok {
			r := say(501, "5.5.4", "bad value of "+key)
			return p, &r
		}
	}
	return p, nil
}

// rcpt asks whether the recipient exists, RFC 5321 §4.1.1.3. Nothing is ever relayed: Config.Recipient
// knows all there are.
func (s *session) rcpt(argument string) reply {
	if s.tx == nil {
		return outOfSequence
	}
	to, rest, ok := cutPath(argument, "TO:")
	switch {
	case !ok || to == "":
		return say(501, "5.1.3", "syntax: RCPT TO:<address>")
	case strings.TrimSpace(rest) != "":
		return say(555, "5.5.4", "unknown RCPT parameter")
	case !s.tx.utf8 && !isASCII(to):
		return say(553, "5.6.7", "SMTPUTF8 is required for this address")
	case len(s.tx.to) >= s.limits().Recipients:
		return say(452, "4.5.3", "too many recipients")
	}
	if err := s.lookUp(to); err != nil {
		s.server.stats.recipientRefused(err)
		return verdict(err)
	}
	s.tx.to = append(s.tx.to, to)
	return say(250, "2.1.5", "ok")
}

func (s *session) lookUp(address string) error {
	ctx, cancel := context.WithTimeout(s.cut, s.limits().LookupTimeout)
	defer cancel()
	err := s.server.config.Recipient(ctx, address)
	if err != nil && isOurs(err) {
		s.server.config.Log.Error("smtp: recipient look-up failed", "remote", s.remote, "error", err)
	}
	return err
}

func (s *session) rset(argument string) reply {
	if argument != "" {
		return noArguments
	}
	s.tx = nil
	return s.idled(say(250, "2.0.0", "ok"))
}

func (s *session) noop(string) reply { return s.idled(say(250, "2.0.0", "ok")) }

func (s *session) help(string) reply {
	return s.idled(say(214, "2.0.0", "this server takes TLS reports, RFC 8460"))
}

// vrfy never tells, RFC 5321 §7.3.
func (s *session) vrfy(string) reply {
	return s.idled(say(252, "2.5.0", "send mail and see"))
}

func (s *session) quit(argument string) reply {
	if argument != "" {
		return noArguments
	}
	return sayAndClose(221, "2.0.0", "bye")
}
