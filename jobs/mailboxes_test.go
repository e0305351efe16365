package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// fakeIMAP is a mailbox whose server fails as it is told, and the intake that
// its messages go to.
type fakeIMAP struct {
	mu       sync.Mutex
	inbox    []mailbox.Item
	folders  map[string][]uint32
	accepted []uint32
	password string

	openErr, acceptErr, moveErr error
	idle                        bool // tells of new messages
	waiting                     chan struct{}
	onAccept                    func()
}

func (f *fakeIMAP) Messages() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.inbox) }
func (f *fakeIMAP) Close() error  { return nil }

func (f *fakeIMAP) List(limit int) ([]mailbox.Item, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.inbox[:min(len(f.inbox), limit)]), nil
}

func (f *fakeIMAP) Fetch(uid uint32) ([]byte, error) { return fmt.Append(nil, uid), nil }

func (f *fakeIMAP) Move(uid uint32, folder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.moveErr != nil {
		return f.moveErr
	}
	f.inbox = slices.DeleteFunc(f.inbox, func(i mailbox.Item) bool { return i.UID == uid })
	f.folders[folder] = append(f.folders[folder], uid)
	return nil
}

func (f *fakeIMAP) MakeFolder(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.folders[name]; !ok {
		f.folders[name] = nil
	}
	return nil
}

func (f *fakeIMAP) Wait(ctx context.Context) error {
	if !f.idle {
		return mailbox.ErrNoIdle
	}
	f.waiting <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

func (f *fakeIMAP) accept(_ context.Context, _, _ string, raw []byte) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.acceptErr != nil {
		return "", f.acceptErr
	}
	if f.onAccept != nil {
		f.onAccept()
	}
	var uid uint32
	fmt.Sscan(string(raw), &uid)
	f.accepted = append(f.accepted, uid)
	return string(raw), nil
}

// outcome puts every message whose number is odd into quarantine.
func (f *fakeIMAP) outcome(_ context.Context, _, id string, _ time.Duration) (models.Delivery, error) {
	if strings.ContainsAny(id[len(id)-1:], "13579") {
		return models.Delivery{State: models.DeliveryQuarantined}, nil
	}
	return models.Delivery{State: models.DeliveryCounted}, nil
}

// mailWorld is a world whose account has connected a mailbox.
type mailWorld struct {
	*world
	imap *fakeIMAP
	log  *bytes.Buffer
}

func newMailWorld(t *testing.T, messages int) mailWorld {
	t.Helper()
	w := mailWorld{newWorld(t), &fakeIMAP{folders: map[string][]uint32{}, waiting: make(chan struct{}, 10)}, &bytes.Buffer{}}
	for i := range messages {
		w.imap.inbox = append(w.imap.inbox, mailbox.Item{UID: uint32(i + 1), Size: 100})
	}
	w.must(w.store.ConnectMailbox(w.ctx, models.Mailbox{
		AccountID: w.account.ID, Host: "imap.example.test", Port: 993, Security: models.MailboxTLS, Username: "reports",
		Folder: "INBOX", DoneFolder: "done", FailedFolder: "failed",
	}, "pass word"))
	return w
}

func (w mailWorld) job(holder string) *jobs.Mailboxes {
	return &jobs.Mailboxes{
		Store: w.store, Holder: holder, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.log, nil)), Limit: 1000,
		Accept: w.imap.accept, Outcome: w.imap.outcome,
		Open: func(_ context.Context, a mailbox.Account) (jobs.MailSession, error) {
			w.imap.password = a.Password
			return w.imap, w.imap.openErr
		},
	}
}

func (w mailWorld) visit(ctx context.Context) models.Mailbox {
	w.t.Helper()
	job := w.job("node")
	w.must(job.Tick(ctx))
	job.Wait()
	return w.mailbox()
}

func (w mailWorld) mailbox() models.Mailbox {
	w.t.Helper()
	m, err := w.store.Mailbox(w.ctx, w.account.ID)
	w.must(err)
	return m
}

func (w mailWorld) run() {
	w.t.Helper()
	w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxRunning))
}

func TestMailboxIsTriedAndNothingTaken(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, 12)
	m := w.visit(w.ctx)
	if m.State != models.MailboxPaused || m.Messages != 12 || m.PolledAt == nil || m.Error != "" {
		t.Errorf("after the try: %+v", m)
	}
	if w.imap.password != "pass word" || len(w.imap.accepted) != 0 || len(w.imap.folders) != 0 {
		t.Errorf("logged in with %q, took %v", w.imap.password, w.imap.accepted)
	}
}

func TestMailboxIsTakenAndMoved(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, 250)
	w.imap.inbox[9].Size = 1001
	w.run()
	m := w.visit(w.ctx)
	if len(w.imap.inbox) != 0 || len(w.imap.accepted) != 249 || len(w.imap.folders["failed"]) != 126 || len(w.imap.folders["done"]) != 124 {
		t.Errorf("left %d, took %d, %d failed", len(w.imap.inbox), len(w.imap.accepted), len(w.imap.folders["failed"]))
	}
	if slices.Contains(w.imap.accepted, 10) || !slices.Contains(w.imap.folders["failed"], 10) {
		t.Error("a message that is too large was taken, or not put aside")
	}
	if m.Taken != 249 || m.PutAside != 126 || m.Messages != 0 || m.NextPollAt.Sub(w.clock.Now()) != 5*time.Minute {
		t.Errorf("noted: %+v", m)
	}
}

// A message is moved only after it is stored; what was stored and not moved is
// taken again.
func TestMailboxKeepsWhatIsNotStored(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, 2)
	w.run()
	w.imap.acceptErr = errors.New("disk full")
	m := w.visit(w.ctx)
	if len(w.imap.inbox) != 2 || !strings.Contains(m.Error, "We could not store") || m.State != models.MailboxRunning || m.Failures != 1 {
		t.Errorf("left %d: %+v", len(w.imap.inbox), m)
	}
	w.imap.acceptErr, w.imap.moveErr = nil, mailbox.ErrFolder
	w.clock.Advance(time.Minute)
	if m = w.visit(w.ctx); len(w.imap.inbox) != 2 || len(w.imap.accepted) != 1 || m.Failures != 2 {
		t.Errorf("moving fails: left %d, took %v: %+v", len(w.imap.inbox), w.imap.accepted, m)
	}
	if got := m.NextPollAt.Sub(w.clock.Now()); got != 2*time.Minute {
		t.Errorf("tried again after %s", got)
	}
	w.imap.moveErr = nil
	w.clock.Advance(2 * time.Minute)
	if m = w.visit(w.ctx); len(w.imap.inbox) != 0 || !slices.Equal(w.imap.accepted, []uint32{1, 1, 2}) || m.Error != "" || m.Failures != 0 {
		t.Errorf("left %d, took %v: %+v", len(w.imap.inbox), w.imap.accepted, m)
	}
}

func TestMailboxStopsAtOnceWhenPaused(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, 5)
	w.run()
	w.imap.onAccept = func() {
		if len(w.imap.accepted) == 1 {
			w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxPaused))
		}
	}
	m := w.visit(w.ctx)
	if m.State != models.MailboxPaused || len(w.imap.accepted) != 2 || w.mailbox().Error != "" {
		t.Errorf("took %v: %+v", w.imap.accepted, m)
	}
}

func TestMailboxIsHeldByOneNode(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, 1)
	w.imap.idle = true
	w.run()
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	one, two := w.job("one"), w.job("two")
	w.must(one.Tick(ctx))
	select {
	case <-w.imap.waiting:
	case <-time.After(hang):
		t.Fatal("it does not wait for new messages")
	}
	w.must(two.Tick(ctx))
	if m := w.mailbox(); m.ClaimedBy != "one" || m.Taken != 1 {
		t.Errorf("while it waits: %+v", m)
	}
	stop()
	one.Wait()
	two.Wait()
	if m := w.mailbox(); m.ClaimedBy != "" || m.NextPollAt.After(w.clock.Now()) || m.Error != "" {
		t.Errorf("after the node has stopped: %+v", m)
	}
}

func TestMailboxSentences(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, 0)
	for _, c := range []struct {
		err  error
		says string
	}{
		{fmt.Errorf("%w: %w: 10.0.0.1 secret", mailbox.ErrConnect, outbound.ErrAddress), "not of the public internet"},
		{fmt.Errorf("%w: %w", mailbox.ErrConnect, outbound.ErrPort), "port 993; use 993 or 143"},
		{fmt.Errorf("%w: %w", mailbox.ErrConnect, &net.DNSError{IsNotFound: true}), "no server of the name imap.example.test"},
		{mailbox.ErrConnect, "does not answer on port 993"},
		{mailbox.ErrPlain, "with TLS"},
		{mailbox.ErrLogin, "refuses this user name and password"},
		{mailbox.ErrTLS, "does not speak TLS"},
		{mailbox.ErrCannotMove, "UIDPLUS"},
		{mailbox.ErrFolder, "The folder INBOX"},
		{mailbox.ErrFlood, "hung up"},
		{errors.New("secret"), "The connection broke off."},
	} {
		w.imap.openErr = c.err
		w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxTesting))
		if m := w.visit(w.ctx); !strings.Contains(m.Error, c.says) || strings.Contains(m.Error, "secret") || m.State != models.MailboxPaused {
			t.Errorf("%v: %s, %q", c.err, m.State, m.Error)
		}
	}
	w.imap.openErr = nil
	w.store.SecretKey = []byte("another key")
	w.must(w.store.SetMailboxState(w.ctx, w.account.ID, models.MailboxTesting))
	if m := w.visit(w.ctx); !strings.Contains(m.Error, "cannot be read any more") {
		t.Errorf("under another key: %q", m.Error)
	}
}
