package jobs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/models"
)

// mailboxSentence says in one sentence what is wrong with a mailbox. It shows
// nothing that the server has said.
func mailboxSentence(err error, m models.Mailbox) string {
	var noSuchHost *net.DNSError
	switch {
	case errors.Is(err, models.ErrSealed):
		return "The stored password cannot be read any more. Connect the mailbox again."
	case errors.Is(err, errStoring):
		return "We could not store a message. It stays where it is and is taken later."
	case errors.Is(err, outbound.ErrAddress):
		return fmt.Sprintf("%s has an address that is not of the public internet, so we do not connect to it.", m.Host)
	case errors.Is(err, outbound.ErrPort):
		return fmt.Sprintf("We do not connect to port %d; use 993 or 143.", m.Port)
	case errors.As(err, &noSuchHost) && noSuchHost.IsNotFound:
		return fmt.Sprintf("There is no server of the name %s.", m.Host)
	case errors.Is(err, mailbox.ErrPlain):
		return "This server may only be spoken to with TLS. Choose TLS or STARTTLS."
	case errors.Is(err, mailbox.ErrLogin):
		return fmt.Sprintf("%s refuses this user name and password.", m.Host)
	case errors.Is(err, mailbox.ErrTLS):
		return tlsSentence(err, m)
	case errors.Is(err, mailbox.ErrCannotMove):
		return "The server can neither move messages (MOVE) nor remove single ones (UIDPLUS), so nothing is taken."
	case errors.Is(err, mailbox.ErrFolder):
		return fmt.Sprintf("The folder %s, %s or %s cannot be opened or made.", m.Folder, m.DoneFolder, m.FailedFolder)
	case errors.Is(err, mailbox.ErrFlood), errors.Is(err, mailbox.ErrTooLarge):
		return "The server sends more than was asked for, so we have hung up."
	case errors.Is(err, mailbox.ErrConnect):
		return fmt.Sprintf("%s does not answer on port %d.", m.Host, m.Port)
	default:
		return "The connection broke off."
	}
}

func tlsSentence(err error, m models.Mailbox) string {
	var invalid *tls.CertificateVerificationError
	var wrongName x509.HostnameError
	switch {
	case errors.As(err, &wrongName):
		return fmt.Sprintf("The certificate of the server is for another name than %s.", m.Host)
	case errors.As(err, &invalid):
		return fmt.Sprintf("The certificate of %s is not valid or not trusted.", m.Host)
	case m.Security == models.MailboxSTARTTLS:
		return fmt.Sprintf("%s offers no STARTTLS on port %d.", m.Host, m.Port)
	default:
		return fmt.Sprintf("%s does not speak TLS on port %d.", m.Host, m.Port)
	}
}
