package nameserver

import (
	"crypto/subtle"
	"encoding/binary"
)

// DNS cookies, RFC 7873, with the interoperable server cookie of RFC 9018: version 1, SipHash-2-4
// over client cookie, version, reserved octets, timestamp and client address.
const (
	clientCookieLen = 8
	serverCookieLen = 16
	maxServerCookie = 32
	cookieSecretLen = 16

	// RFC 9018 §4.3, in seconds.
	cookiePast   = 3600
	cookieFuture = 300
)

// cookieState is what a query shows of its client.
type cookieState uint8

const (
	cookieNone  cookieState = iota
	cookieFresh             // a client cookie only
	cookieWrong             // a server cookie that is not ours, or no longer
	cookieGood              // the client has received an answer of ours at this address
)

// readCookie checks a COOKIE option. It reports false when its length is impossible (RFC 7873 §5.2.2).
func readCookie(client *[clientCookieLen]byte, data []byte, tr *Transport) (cookieState, bool) {
	server := len(data) - clientCookieLen
	if server != 0 && (server < clientCookieLen || server > maxServerCookie) {
		return cookieNone, false
	}
	copy(client[:], data)
	switch {
	case server == 0:
		return cookieFresh, true
	case validServerCookie(data[clientCookieLen:], client, tr):
		return cookieGood, true
	}
	return cookieWrong, true
}

func validServerCookie(server []byte, client *[clientCookieLen]byte, tr *Transport) bool {
	if len(server) != serverCookieLen || len(tr.CookieSecret) != cookieSecretLen || server[0] != 1 {
		return false
	}
	// Serial arithmetic, so that it outlives the year 2106.
	age := int32(uint32(tr.Now.Unix()) - binary.BigEndian.Uint32(server[4:]))
	if age > cookiePast || age < -cookieFuture {
		return false
	}
	var want [8]byte
	binary.LittleEndian.PutUint64(want[:], cookieHash(server[:8], client, tr))
	return subtle.ConstantTimeCompare(server[8:], want[:]) == 1
}

func appendServerCookie(dst []byte, client *[clientCookieLen]byte, tr *Transport) []byte {
	start := len(dst)
	dst = append(dst, 1, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(tr.Now.Unix()))
	return binary.LittleEndian.AppendUint64(dst, cookieHash(dst[start:], client, tr))
}

// cookieHash covers the first eight octets of a server cookie and the client.
func cookieHash(head []byte, client *[clientCookieLen]byte, tr *Transport) uint64 {
	var in [clientCookieLen + 8 + 16]byte
	n := copy(in[:], client[:])
	n += copy(in[n:], head[:8])
	if addr := tr.Client.Unmap(); addr.Is4() {
		ip := addr.As4()
		n += copy(in[n:], ip[:])
	} else {
		ip := addr.As16()
		n += copy(in[n:], ip[:])
	}
	return sipHash(tr.CookieSecret, in[:n])
}
