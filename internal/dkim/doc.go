// Package dkim checks DKIM signatures (RFC 6376, RFC 8301, RFC 8463) the way a
// receiver of TLS reports needs it: as of the moment of receipt, with keys for
// the service tlsrpt (RFC 8460 §3), and saying which fields are covered. It is
// pure: keys come from a func that it is given, and it imports nothing of ours.
package dkim
