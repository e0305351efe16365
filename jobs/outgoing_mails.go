package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/models"
)

// Mailer takes outgoing mail: the operator's mail server, or what stands in for
// one on a laptop.
type Mailer interface {
	Send(ctx context.Context, m outbound.Mail) error
}

const (
	mailsAtOnce = 8
	// mailLease keeps a claimed mail from other nodes: longer than sending it
	// may take.
	mailLease = 2 * time.Minute
)

// OutgoingMails sends what is queued for people.
type OutgoingMails struct {
	Store  *models.Store
	Mailer Mailer
	From   string
	// KeepText keeps the text of sent mails, for the page that shows them.
	KeepText bool
	Holder   string
	Now      func() time.Time
	Spread   func() float64 // random, from [0,1)
	Log      *slog.Logger

	slots slots
}

// Tick claims what is due and starts sending it.
func (o *OutgoingMails) Tick(ctx context.Context) error {
	claim := func(limit int) ([]models.OutgoingMail, error) {
		return o.Store.ClaimMails(ctx, o.Holder, limit, mailLease)
	}
	return fill(ctx, &o.slots, mailsAtOnce, o.Log, claim, o.send)
}

// Wait returns when nothing is being sent.
func (o *OutgoingMails) Wait() { o.slots.wait() }

func (o *OutgoingMails) send(ctx context.Context, m models.OutgoingMail) {
	err := o.handOver(ctx, m)
	done := context.WithoutCancel(ctx)
	if err == nil {
		o.Log.Info("mail sent", "mail", m.ID)
		err = o.Store.MailDone(done, m, o.KeepText)
	} else if ctx.Err() == nil {
		o.Log.Warn("a mail could not be sent", "mail", m.ID, "attempt", m.Attempts, "error", err)
		err = o.Store.MailNotSent(done, m, nextAttempt(err, o.Now(), m.Attempts, o.Spread()), outbound.Sentence(err))
	}
	if err != nil {
		o.Log.Error("what became of a mail could not be noted; its claim ends by itself", "mail", m.ID, "error", err)
	}
}

func (o *OutgoingMails) handOver(ctx context.Context, m models.OutgoingMail) error {
	raw, err := outbound.Letter{From: o.From, To: m.Recipient, Subject: m.Subject, Text: m.Text, Date: m.CreatedAt, ID: m.ID}.Compose()
	if err != nil {
		return err
	}
	return o.Mailer.Send(ctx, outbound.Mail{From: o.From, To: m.Recipient, Raw: raw})
}

const (
	backoffFirst = time.Minute
	backoffMost  = 2 * time.Hour
)

// backoff is the pause after so many failures in a row: doubling from a minute
// to two hours, each a quarter longer or shorter by chance, so that what failed
// together does not come back together (RFC 8460 §5.5).
func backoff(failures int, spread float64) time.Duration {
	pause := backoffFirst
	for i := 1; i < failures && pause < backoffMost; i++ {
		pause *= 2
	}
	return time.Duration(float64(min(pause, backoffMost)) * (0.75 + spread/2))
}

// nextAttempt is when to try again what has failed so often; nil is never.
func nextAttempt(err error, now time.Time, failures int, spread float64) *time.Time {
	if errors.Is(err, outbound.ErrRefused) {
		return nil
	}
	pause := backoff(failures, spread)
	var answer *outbound.ErrAnswer
	if errors.As(err, &answer) && answer.RetryAfter > 0 {
		pause = answer.RetryAfter
	}
	next := now.Add(pause)
	return &next
}
