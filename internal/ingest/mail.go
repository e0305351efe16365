package ingest

import (
	"context"
	"errors"
	"slices"

	"github.com/sealpost/sealpost/internal/smtpd"
	"github.com/sealpost/sealpost/models"
)

// Recipient says whether mail for an address is taken: only for the token of a
// registered domain that has not had its day's share yet. It is smtpd.Config's
// Recipient.
func (in *Ingest) Recipient(ctx context.Context, address string) error {
	to, err := in.addressee(ctx, address)
	if err != nil {
		return err
	}
	over, err := in.Store.OverQuota(ctx, to.DomainID)
	if err == nil && over {
		return smtpd.ErrOverQuota
	}
	return err
}

func (in *Ingest) addressee(ctx context.Context, address string) (models.Addressee, error) {
	token, ok := in.Zone.ParseAddress(address)
	if !ok {
		return models.Addressee{}, smtpd.ErrUnknownRecipient
	}
	to, err := in.Store.AddresseeOfToken(ctx, token)
	if errors.Is(err, models.ErrNotFound) {
		return to, smtpd.ErrUnknownRecipient
	}
	return to, err
}

// Mail stores a message, as one delivery for each of its recipients. It is
// smtpd.Config's Accept.
func (in *Ingest) Mail(ctx context.Context, m smtpd.Mail) error {
	var ds []Delivery
	for _, address := range m.To {
		to, err := in.addressee(ctx, address)
		if errors.Is(err, smtpd.ErrUnknownRecipient) {
			continue // removed since RCPT: there is nobody left to store it for
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(ds, func(d Delivery) bool { return d.DomainID == to.DomainID }) {
			continue
		}
		ds = append(ds, Delivery{
			Via: models.ViaMail, AccountID: to.AccountID, DomainID: to.DomainID,
			EnvelopeFrom: m.From, RemoteAddr: m.RemoteAddr.Addr().String(), Raw: m.Raw,
		})
	}
	if len(ds) == 0 {
		return nil
	}
	_, err := in.AcceptAll(ctx, ds)
	return mailError(err)
}

// MailReady is smtpd.Config's Ready.
func (in *Ingest) MailReady() error { return mailError(in.Ready()) }

// mailError is an error in the words of the mail server.
func mailError(err error) error {
	switch {
	case errors.Is(err, ErrBusy):
		return smtpd.ErrBusy
	case errors.Is(err, ErrOverQuota):
		return smtpd.ErrOverQuota
	case errors.Is(err, ErrFull):
		return smtpd.ErrFull
	default:
		return err
	}
}
