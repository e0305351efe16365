package main

import (
	"context"
	"net/netip"

	"github.com/sealpost/sealpost/internal/ingest"
	imap "github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// mailboxes is the job that takes reports from the mailboxes of accounts. It
// reaches IMAP servers of the public internet, on the ports that are meant for
// it, and whatever OUTBOUND_ALLOW allows.
func (n *node) mailboxes() *jobs.Mailboxes {
	c := n.config
	limit := int64(c.Limits.MessageBytes)
	dialer := &outbound.Dialer{Allow: c.OutboundAllow, Ports: []uint16{143, 993}}
	client := imap.Client{
		Dial:    dialer.DialContext,
		PlainTo: func(a netip.Addr) bool { return outbound.Allowed(a, c.OutboundAllow) },
		Roots:   c.roots, Limit: limit,
	}
	return &jobs.Mailboxes{
		Store: n.store, Holder: n.holder, Now: c.now, Log: n.log, Limit: limit, Outcome: n.intake.Outcome,
		Open: func(ctx context.Context, a imap.Account) (jobs.MailSession, error) {
			s, err := client.Open(ctx, a)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
		Accept: func(ctx context.Context, accountID, name string, raw []byte) (string, error) {
			receipt, err := n.intake.Accept(ctx, ingest.Delivery{Via: models.ViaMailbox, AccountID: accountID, FileName: name, Raw: raw})
			return receipt.ID, err
		},
	}
}
