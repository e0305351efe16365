package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/models"
)

const (
	// mailboxesAtOnce bounds the mailboxes that one node has open.
	mailboxesAtOnce = 50
	// fetchesAtOnce bounds the messages that are in memory at once.
	fetchesAtOnce = 4
	// mailboxLease keeps a mailbox from other nodes; it is renewed while a
	// visit lasts, and short enough to wait for after a crash.
	mailboxLease = 60 * time.Second
	mailboxRenew = 20 * time.Second
	// roundMessages is how many messages are taken before the next look at the
	// folder.
	roundMessages = 100
	// visitLimit and visitMessages bound one visit, so that many mailboxes
	// share the places.
	visitLimit    = 15 * time.Minute
	visitMessages = 5000
	// judgeWait is how long a message waits in its folder for its outcome,
	// which says where it goes. It is stored by then.
	judgeWait = 20 * time.Second
	// afterIdle is the pause after a visit to a server that tells of new
	// messages, afterPoll to one that does not.
	afterIdle = 2 * time.Second
	afterPoll = 5 * time.Minute
	// A mailbox that fails is tried again after failFirst, then twice as long
	// each time up to failMost.
	failFirst = time.Minute
	failMost  = time.Hour
)

// MailSession is an open folder of a mailbox, as mailbox.Session is.
type MailSession interface {
	Messages() int
	List(limit int) ([]mailbox.Item, error)
	Fetch(uid uint32) ([]byte, error)
	Move(uid uint32, folder string) error
	MakeFolder(name string) error
	Wait(ctx context.Context) error
	Close() error
}

// Mailboxes takes reports from the mailboxes that accounts have connected. A
// message leaves its folder only after it was stored: whatever happens in
// between, it is taken again and found to be a duplicate.
type Mailboxes struct {
	Store  *models.Store
	Holder string
	Now    func() time.Time
	Log    *slog.Logger
	// Limit is the largest message that is taken, in bytes.
	Limit int64
	// Open opens the folder of a mailbox until ctx is done.
	Open func(ctx context.Context, a mailbox.Account) (MailSession, error)
	// Accept stores a message of an account and gives its delivery's id once
	// it is on disk. Outcome waits a while for it to be read.
	Accept  func(ctx context.Context, accountID, name string, raw []byte) (id string, err error)
	Outcome func(ctx context.Context, accountID, id string, wait time.Duration) (models.Delivery, error)

	running  sync.WaitGroup
	mu       sync.Mutex
	busy     int
	fetching chan struct{}
}

// Tick claims the mailboxes that are due and visits each on its own.
func (j *Mailboxes) Tick(ctx context.Context) error {
	free := j.reserve()
	if free == 0 {
		return nil
	}
	due, err := j.Store.ClaimDueMailboxes(ctx, j.Holder, free, mailboxLease)
	j.give(free - len(due))
	if err != nil {
		return err
	}
	for _, m := range due {
		j.running.Go(func() {
			defer j.give(1)
			j.visit(ctx, m)
		})
	}
	return nil
}

// Wait returns when no mailbox is being visited.
func (j *Mailboxes) Wait() { j.running.Wait() }

func (j *Mailboxes) reserve() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fetching == nil {
		j.fetching = make(chan struct{}, fetchesAtOnce)
	}
	free := mailboxesAtOnce - j.busy
	j.busy = mailboxesAtOnce
	return free
}

func (j *Mailboxes) give(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.busy -= n
}

// visit is one mailbox from its claim to its release.
func (j *Mailboxes) visit(ctx context.Context, m models.Mailbox) {
	defer func() {
		if r := recover(); r != nil {
			j.Log.Error("a visit to a mailbox panicked", "account", m.AccountID, "panic", r)
		}
	}()
	visiting, leave := context.WithTimeout(ctx, visitLimit)
	defer leave()
	j.running.Go(func() { j.keep(visiting, m, leave) })
	v := &mailVisit{Mailboxes: j, m: m}
	err := v.run(visiting)
	leave()
	if errors.Is(err, models.ErrLost) {
		return // somebody has paused, changed or disconnected it
	}
	note := v.note
	next := j.nextVisit(m, v, err, ctx.Err() != nil)
	if note.NextPollAt = &next; err != nil && ctx.Err() == nil && visiting.Err() != context.DeadlineExceeded {
		j.Log.Warn("a mailbox could not be read", "account", m.AccountID, "error", err)
		note.Error = mailboxSentence(err, m)
	}
	err = j.Store.SaveMailboxVisit(context.WithoutCancel(ctx), j.Holder, m.AccountID, note)
	if err != nil && !errors.Is(err, models.ErrLost) {
		j.Log.Error("a visit to a mailbox could not be noted", "account", m.AccountID, "error", err)
	}
}

// keep renews the claim until the visit ends, and ends the visit when the
// claim is lost.
func (j *Mailboxes) keep(ctx context.Context, m models.Mailbox, leave func()) {
	tick := time.NewTicker(mailboxRenew)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := j.Store.HoldMailbox(ctx, j.Holder, m.AccountID, mailboxLease); errors.Is(err, models.ErrLost) {
				leave()
				return
			}
		}
	}
}

func (j *Mailboxes) nextVisit(m models.Mailbox, v *mailVisit, err error, stopping bool) time.Time {
	switch {
	case stopping:
		return j.Now() // another node may go on
	case err == nil && v.polling:
		return j.Now().Add(afterPoll)
	case err == nil || v.stored > 0:
		return j.Now().Add(afterIdle)
	default:
		return j.Now().Add(min(failFirst<<min(m.Failures, 10), failMost))
	}
}
