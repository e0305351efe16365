package jobs

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

const (
	// forwardsAtOnce bounds the targets that are served at the same time. One
	// that hangs keeps one place for as long as a request may take, and is then
	// left alone for longer and longer.
	forwardsAtOnce = 128
	// forwardLease keeps a claimed target from other nodes: longer than a round
	// and the request it ends with may take.
	forwardLease = 3 * time.Minute
	// forwardRound is how long one target is served before others may have the
	// place, and forwardBatch how much of it at most.
	forwardRound = time.Minute
	forwardBatch = 50
)

// Poster sends a body to a URL.
type Poster interface {
	Post(ctx context.Context, url, mediaType string, body []byte) (outbound.Answer, error)
}

// Forwards sends the originals of domains on to where their owners want them:
// at least once, for a day.
type Forwards struct {
	Store *models.Store
	// Original gives the bytes of a delivery; models.ErrNotFound when they are
	// past their retention.
	Original func(ctx context.Context, accountID, deliveryID string) ([]byte, error)
	Mailer   Mailer
	From     string
	Poster   Poster
	Limits   tlsrpt.Limits
	Holder   string
	Now      func() time.Time
	Spread   func() float64 // random, from [0,1)
	Log      *slog.Logger

	slots slots
}

// Tick claims the targets that have something to do and serves them.
func (f *Forwards) Tick(ctx context.Context) error {
	claim := func(limit int) ([]models.Forward, error) {
		return f.Store.ClaimForwards(ctx, f.Holder, limit, forwardLease)
	}
	return fill(ctx, &f.slots, forwardsAtOnce, f.Log, claim, f.serve)
}

// Wait returns when no target is being served.
func (f *Forwards) Wait() { f.slots.wait() }

// serve does what waits for one target and gives it back.
func (f *Forwards) serve(ctx context.Context, target models.Forward) {
	work := f.drain
	if target.State == models.ForwardUnconfirmed {
		work = f.challenge
	}
	retry, err := work(ctx, target)
	if err != nil {
		f.Log.Error("a forward could not be served", "forward", target.ID, "error", err)
	}
	if err := f.Store.ReleaseForward(context.WithoutCancel(ctx), target, retry); err != nil {
		f.Log.Error("a forward could not be given back; its claim ends by itself", "forward", target.ID, "error", err)
	}
}

// drain sends what is due, oldest first. A target that cannot be reached is
// left alone until retry; an original that it refuses does not hold up others.
func (f *Forwards) drain(ctx context.Context, target models.Forward) (retry *time.Time, err error) {
	due, err := f.Store.DueDispatches(ctx, target, forwardBatch)
	if err != nil {
		return nil, err
	}
	start := f.Now()
	for _, d := range due {
		if ctx.Err() != nil || f.Now().Sub(start) > forwardRound {
			return nil, nil
		}
		sent := f.send(ctx, target, d)
		if sent != nil && ctx.Err() != nil {
			return nil, nil // stopped in the middle: it is still waiting
		}
		if err := f.note(ctx, target, d, sent); err != nil {
			return nil, err
		}
		if errors.Is(sent, outbound.ErrUnreachable) {
			return nextAttempt(sent, f.Now(), target.Attempts+1, f.Spread()), nil
		}
	}
	return nil, nil
}

func (f *Forwards) note(ctx context.Context, target models.Forward, d models.ForwardDispatch, sent error) error {
	ctx = context.WithoutCancel(ctx)
	if sent == nil {
		f.Log.Info("forwarded", "forward", target.ID, "delivery", d.DeliveryID)
		return f.Store.DispatchDone(ctx, d)
	}
	f.Log.Warn("not forwarded", "forward", target.ID, "delivery", d.DeliveryID, "attempt", d.Attempts+1, "error", sent)
	return f.Store.DispatchNotDone(ctx, d, nextAttempt(sent, f.Now(), d.Attempts+1, f.Spread()), sentence(sent))
}

var (
	errBytesGone = fmt.Errorf("%w: its bytes are past their retention", outbound.ErrRefused)
	errNoReport  = fmt.Errorf("%w: it holds no report that could be posted", outbound.ErrRefused)
)

func sentence(err error) string {
	switch {
	case errors.Is(err, errBytesGone):
		return "The original is past its retention."
	case errors.Is(err, errNoReport):
		return "The mail holds no report that could be posted."
	case errors.Is(err, errWrongEcho):
		return "It answered, but did not echo the challenge."
	default:
		return outbound.Sentence(err)
	}
}

func (f *Forwards) send(ctx context.Context, target models.Forward, d models.ForwardDispatch) error {
	raw, err := f.Original(ctx, d.AccountID, d.DeliveryID)
	if errors.Is(err, models.ErrNotFound) {
		return errBytesGone
	}
	if err != nil {
		return err
	}
	if target.Kind == models.ForwardHTTPS {
		return f.post(ctx, target, raw)
	}
	message, err := f.message(ctx, target, d, raw)
	if err != nil {
		return err
	}
	return f.Mailer.Send(ctx, outbound.Mail{From: f.From, To: target.Target, Raw: message})
}

// post sends the reports of an original as they are, each by itself. One that
// was posted before the connection broke is posted again: at least once.
func (f *Forwards) post(ctx context.Context, target models.Forward, raw []byte) error {
	reports, err := tlsrpt.RawReports(raw, f.Limits)
	if err != nil {
		return errNoReport
	}
	for _, report := range reports {
		if _, err := f.Poster.Post(ctx, target.Target, tlsrpt.MediaType(report), report); err != nil {
			return err
		}
	}
	return nil
}

// message is what goes to a mail target: a mail as it was received, behind
// trace fields, or a mail around a report that was posted.
func (f *Forwards) message(ctx context.Context, target models.Forward, d models.ForwardDispatch, raw []byte) ([]byte, error) {
	delivery, err := f.Store.Delivery(ctx, d.AccountID, d.DeliveryID)
	if err != nil {
		return nil, errBytesGone
	}
	id := d.DeliveryID + "." + target.ID
	if delivery.Via == models.ViaMail {
		return outbound.Resend{From: f.From, To: target.Target, Date: f.Now(), ID: id}.Message(raw)
	}
	domain, err := f.Store.DomainByID(ctx, d.DomainID)
	if err != nil {
		return nil, err
	}
	found, err := tlsrpt.Read(raw, f.Limits)
	if err != nil || len(found.Reports) == 0 {
		return nil, errNoReport
	}
	_, submitter, _ := strings.Cut(f.From, "@")
	return tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: f.From, To: target.Target, Submitter: submitter, PolicyDomain: domain.Name,
		Date: delivery.ReceivedAt, MessageID: id + "@" + submitter,
	}, found.Reports[0])
}

// Challenge is what an https target is sent before anything else: it answers
// with the same JSON, or with the challenge alone.
type Challenge struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
}

// ChallengeType is the media type and the word of a challenge.
const ChallengeType = "application/json"

var errWrongEcho = errors.New("the challenge was not echoed")

// challenge asks an https target whether it wants what we would send
// (rulings.md 12), and again later for a day if it does not say so.
func (f *Forwards) challenge(ctx context.Context, target models.Forward) (*time.Time, error) {
	err := f.askForEcho(ctx, target)
	done := context.WithoutCancel(ctx)
	if err == nil {
		f.Log.Info("forward confirmed", "forward", target.ID)
		return nil, f.Store.ConfirmForward(done, target)
	}
	if ctx.Err() != nil {
		now := f.Now()
		return &now, nil
	}
	f.Log.Info("forward not confirmed", "forward", target.ID, "error", err)
	next := f.Now().Add(backoff(target.Attempts+1, f.Spread()))
	noted := f.Store.ForwardNotConfirmed(done, target, sentence(err))
	if next.After(target.CreatedAt.Add(24 * time.Hour)) {
		return nil, noted
	}
	return &next, noted
}

func (f *Forwards) askForEcho(ctx context.Context, target models.Forward) error {
	body, err := json.Marshal(Challenge{Type: "sealpost-challenge", Challenge: target.Challenge})
	if err != nil {
		return err
	}
	answer, err := f.Poster.Post(ctx, target.Target, ChallengeType, body)
	if err != nil {
		return err
	}
	if !echoed(answer.Body, target.Challenge) {
		return errWrongEcho
	}
	return nil
}

// echoed takes the challenge alone or in its JSON.
func echoed(body []byte, challenge string) bool {
	text := bytes.TrimSpace(body)
	var back Challenge
	if json.Unmarshal(text, &back) == nil {
		text = []byte(back.Challenge)
	}
	return len(challenge) > 0 && subtle.ConstantTimeCompare(text, []byte(challenge)) == 1
}
