package smtpd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// starttls changes over to TLS, RFC 3207. Everything learnt before is forgotten, and whatever the client
// sent behind the command in clear is never read: an attacker may have put it there.
func (s *session) starttls(argument string) reply {
	switch {
	case s.server.config.TLS == nil:
		return say(502, "5.5.1", "not offered here")
	case argument != "":
		return noArguments
	case s.tls || s.helo == "":
		return outOfSequence
	case s.wire.in.Buffered() > 0:
		return sayAndDrain(554, "5.5.1", "nothing may follow STARTTLS")
	}
	s.wire.say(say(220, "2.0.0", "go ahead"))
	if err := s.wire.flush(); err != nil {
		return silentClose()
	}
	conn, err := s.handshake()
	if err != nil {
		s.server.stats.handshakesFailed.Add(1)
		s.server.config.Log.Debug("smtp: handshake failed", "remote", s.remote, "error", err)
		return silentClose()
	}
	s.wire = newWire(conn, s.limits().WriteTimeout)
	s.tls, s.helo, s.tx = true, "", nil
	s.server.stats.handshakes.Add(1)
	return reply{}
}

func (s *session) handshake() (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(s.stopping, s.patience(s.limits().HandshakeTimeout))
	defer cancel()
	// The context ends the handshake; a deadline left from the last read must not.
	if err := s.raw.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	conn := tls.Server(s.raw, s.server.config.TLS)
	return conn, conn.HandshakeContext(ctx)
}

// SelfSigned returns a certificate for hostname, which is enough for opportunistic STARTTLS. Its key is
// new at each call.
func SelfSigned(hostname string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("smtpd: key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("smtpd: serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: hostname},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(2, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(hostname); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{hostname}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("smtpd: certificate for %q: %w", hostname, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("smtpd: certificate for %q: %w", hostname, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
