package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// certificateFault says why the certificate that a server has shown does not
// prove to everybody that it is host; nil when it does.
func certificateFault(s tls.ConnectionState, host string) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("none was shown")
	}
	roots := x509.VerifyOptions{DNSName: host, Intermediates: x509.NewCertPool()}
	for _, c := range s.PeerCertificates[1:] {
		roots.Intermediates.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(roots)
	return err
}
