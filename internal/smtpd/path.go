package smtpd

import "strings"

// maxPath is more than RFC 5321 §4.5.3.1.3 asks for: senders that keep state in the reverse-path pass 256.
const maxPath = 512

// cutPath reads "FROM:<address>" or "TO:<address>" off the argument of MAIL or RCPT and returns what
// stands between the brackets, and the parameters after them. A blank after the colon is forgiven.
// Source routes are refused: they ask for relaying.
func cutPath(argument, keyword string) (address, rest string, ok bool) {
	if len(argument) < len(keyword) || !strings.EqualFold(argument[:len(keyword)], keyword) {
		return "", "", false
	}
	s, ok := strings.CutPrefix(strings.TrimLeft(argument[len(keyword):], " "), "<")
	if !ok {
		return "", "", false
	}
	end := closingBracket(s)
	if end < 0 || end > maxPath {
		return "", "", false
	}
	address, rest = s[:end], s[end+1:]
	if rest != "" && rest[0] != ' ' {
		return "", "", false
	}
	return address, rest, address == "" || isMailbox(address) || strings.EqualFold(address, "postmaster")
}

// closingBracket is the index of the first ">" outside a quoted string, or -1.
func closingBracket(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return i
		}
	}
	return -1
}

// isMailbox says whether s is a local part and a domain, by their characters (RFC 5321 §4.1.2). Whether
// they mean anything is for Config.Recipient to say.
func isMailbox(s string) bool {
	local, domain := splitMailbox(s)
	return isLocalPart(local) && isDomain(domain)
}

func splitMailbox(s string) (local, domain string) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s, ""
	}
	return s[:at], s[at+1:]
}

func isLocalPart(s string) bool {
	if strings.HasPrefix(s, `"`) {
		return isQuotedString(s)
	}
	return s != "" && !strings.ContainsAny(s, `()<>[]:;@\," `)
}

func isQuotedString(s string) bool {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return false
	}
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			return false
		case '\\':
			if i++; i == len(inner) {
				return false
			}
		}
	}
	return true
}

func isDomain(s string) bool {
	allowed := s
	if literal, ok := strings.CutPrefix(s, "["); ok {
		if literal, ok = strings.CutSuffix(literal, "]"); !ok {
			return false
		}
		allowed = strings.ReplaceAll(literal, ":", "")
	}
	return allowed != "" && !strings.ContainsAny(allowed, `()<>[]:;\," @!%`)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
