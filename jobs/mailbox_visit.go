package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/sealpost/sealpost/internal/mailbox"
	"github.com/sealpost/sealpost/models"
)

// mailVisit is what goes on while one mailbox is open.
type mailVisit struct {
	*Mailboxes
	m       models.Mailbox
	session MailSession
	note    models.MailboxVisit // since the last that was saved
	stored  int                 // messages of this visit
	polling bool                // the server does not tell of new messages
}

func (v *mailVisit) run(ctx context.Context) error {
	password, err := v.Store.MailboxPassword(v.m)
	if err != nil {
		return err
	}
	v.session, err = v.Open(ctx, mailbox.Account{
		Host: v.m.Host, Port: v.m.Port, Security: mailbox.Security(v.m.Security),
		Username: v.m.Username, Password: password, Folder: v.m.Folder,
	})
	if err != nil {
		return err
	}
	defer v.session.Close()
	v.note.Messages = v.session.Messages()
	if v.m.State == models.MailboxTesting {
		return nil
	}
	for _, folder := range []string{v.m.DoneFolder, v.m.FailedFolder} {
		if err := v.session.MakeFolder(folder); err != nil {
			return err
		}
	}
	return v.stay(ctx)
}

// stay takes what is there and what comes, until the visit has lasted long
// enough.
func (v *mailVisit) stay(ctx context.Context) error {
	for {
		more, err := v.takeRound(ctx)
		if err != nil {
			return err
		}
		if err := v.save(ctx); err != nil {
			return err
		}
		if v.stored >= visitMessages {
			return nil
		}
		if more {
			continue
		}
		err = v.session.Wait(ctx)
		switch {
		case errors.Is(err, mailbox.ErrNoIdle):
			v.polling = true
			return nil
		case ctx.Err() != nil:
			return v.held(context.WithoutCancel(ctx))
		case err != nil:
			return err
		}
	}
}

// takeRound takes the messages that are in the folder now. more says that
// there may be others.
func (v *mailVisit) takeRound(ctx context.Context) (more bool, err error) {
	items, err := v.session.List(roundMessages)
	if err != nil {
		return false, err
	}
	for _, item := range items {
		if err := v.held(ctx); err != nil {
			return false, err
		}
		if err := v.take(ctx, item); err != nil {
			return false, err
		}
	}
	v.note.Messages = v.session.Messages()
	return len(items) == roundMessages, nil
}

func (v *mailVisit) held(ctx context.Context) error {
	return v.Store.HoldMailbox(ctx, v.Holder, v.m.AccountID, mailboxLease)
}

// take stores one message and then moves it. One that is too large to be
// stored is put aside unread.
func (v *mailVisit) take(ctx context.Context, item mailbox.Item) error {
	folder := v.m.FailedFolder
	if item.Size <= v.Limit {
		failed, err := v.store(ctx, item)
		if err != nil {
			return err
		}
		if v.note.Taken++; !failed {
			folder = v.m.DoneFolder
		}
	}
	if err := v.session.Move(item.UID, folder); err != nil {
		return err
	}
	if folder == v.m.FailedFolder {
		v.note.PutAside++
	}
	v.stored++
	return nil
}

// store returns when a message is on disk, and whether it has failed: it was
// put into quarantine, as far as is known in time.
func (v *mailVisit) store(ctx context.Context, item mailbox.Item) (failed bool, err error) {
	id, err := v.accept(ctx, item)
	if err != nil {
		return false, err
	}
	d, err := v.Outcome(ctx, v.m.AccountID, id, judgeWait)
	return d.State == models.DeliveryQuarantined, err
}

// accept holds a message in memory until it is on disk.
func (v *mailVisit) accept(ctx context.Context, item mailbox.Item) (id string, err error) {
	select {
	case v.fetching <- struct{}{}:
		defer func() { <-v.fetching }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	raw, err := v.session.Fetch(item.UID)
	if err != nil {
		return "", err
	}
	id, err = v.Accept(ctx, v.m.AccountID, fmt.Sprintf("%s, message %d", v.m.Folder, item.UID), raw)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errStoring, err)
	}
	return id, nil
}

// errStoring says that the fault is ours.
var errStoring = errors.New("the message could not be stored")

// save notes how the visit goes; a page may be looking.
func (v *mailVisit) save(ctx context.Context) error {
	note := v.note
	v.note = models.MailboxVisit{Messages: note.Messages}
	return v.Store.SaveMailboxVisit(ctx, v.Holder, v.m.AccountID, note)
}
