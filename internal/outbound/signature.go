package outbound

import (
	"bytes"
	"crypto"

	"github.com/emersion/go-msgauth/dkim"
)

// Signature is a DKIM key and where its public half is found.
type Signature struct {
	Domain, Selector string
	Key              crypto.Signer
}

// Sign signs a report mail with the fields that RFC 8460 §5.3 wants signed.
func (s Signature) Sign(message []byte) ([]byte, error) {
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(message), &dkim.SignOptions{
		Domain: s.Domain, Selector: s.Selector, Signer: s.Key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "TLS-Report-Domain", "TLS-Report-Submitter"},
	})
	return out.Bytes(), err
}
