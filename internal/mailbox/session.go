package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Session is an open folder. It is for one goroutine.
type Session struct {
	conn    *meteredConn
	imap    *imapclient.Client
	limit   int64
	changed chan struct{} // the server has told of new messages
}

// Item is one message in the folder.
type Item struct {
	UID  uint32
	Size int64 // in bytes, as the server says
}

// Close ends the session. It waits for nothing.
func (s *Session) Close() error {
	if s.imap == nil {
		return s.conn.Close()
	}
	return s.imap.Close()
}

// because names the flood when that is why a session broke.
func (s *Session) because(err error) error {
	if err != nil && s.conn.flooded.Load() {
		return fmt.Errorf("%w: %w", ErrFlood, err)
	}
	return err
}

// Messages is how many messages the folder holds, as far as is known.
func (s *Session) Messages() int {
	if m := s.imap.Mailbox(); m != nil {
		return int(m.NumMessages)
	}
	return 0
}

// List gives up to limit messages, the oldest first.
func (s *Session) List(limit int) ([]Item, error) {
	s.conn.allow(chatter)
	if err := s.imap.Noop().Wait(); err != nil {
		return nil, s.because(err)
	}
	n := min(s.Messages(), limit)
	if n == 0 {
		return nil, nil
	}
	var set imap.SeqSet
	set.AddRange(1, uint32(n)) // #nosec G115 -- the number of messages was a uint32
	got, err := s.imap.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
	if err != nil {
		return nil, s.because(err)
	}
	var items []Item
	for _, m := range got {
		if m.UID != 0 && len(items) < limit {
			items = append(items, Item{UID: uint32(m.UID), Size: m.RFC822Size})
		}
	}
	return items, nil
}

// Fetch gives the bytes of a message and leaves it unread. ErrTooLarge when
// there are more than the limit; the session cannot go on then.
func (s *Session) Fetch(uid uint32) ([]byte, error) {
	s.conn.allow(s.limit + chatter)
	section := &imap.FetchItemBodySection{Peek: true}
	cmd := s.imap.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	raw, err := s.body(cmd)
	// What is left must be passed over, or the client's reader waits for ever.
	closing := cmd.Close()
	var answered *imap.Error
	if closing != nil && (err == nil || errors.Is(err, ErrFolder) && !errors.As(closing, &answered)) {
		err = closing // a connection that broke off says nothing about the folder
	}
	return raw, s.because(err)
}

func (s *Session) body(cmd *imapclient.FetchCommand) ([]byte, error) {
	for message := cmd.Next(); message != nil; message = cmd.Next() {
		for item := message.Next(); item != nil; item = message.Next() {
			part, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || part.Literal == nil {
				continue
			}
			if part.Literal.Size() > s.limit {
				return nil, errors.Join(ErrTooLarge, s.conn.Close())
			}
			return io.ReadAll(io.LimitReader(part.Literal, s.limit))
		}
	}
	return nil, fmt.Errorf("%w: it has sent no message", ErrFolder)
}

// Move moves a message to another folder.
func (s *Session) Move(uid uint32, folder string) error {
	caps := s.imap.Caps()
	if !caps.Has(imap.CapMove) && !caps.Has(imap.CapUIDPlus) {
		// Without either, taking out one message takes out all that somebody
		// else has marked (RFC 3501 §6.4.3).
		return ErrCannotMove
	}
	s.conn.allow(chatter)
	if _, err := s.imap.Move(imap.UIDSetNum(imap.UID(uid)), folder).Wait(); err != nil {
		return s.because(refusal(ErrFolder, err))
	}
	return nil
}

// MakeFolder makes sure that a folder is there.
func (s *Session) MakeFolder(name string) error {
	s.conn.allow(chatter)
	if _, err := s.imap.Status(name, &imap.StatusOptions{NumMessages: true}).Wait(); err == nil {
		return nil
	}
	if err := s.imap.Create(name, nil).Wait(); err != nil {
		return s.because(refusal(ErrFolder, err))
	}
	return nil
}

// Wait returns when the server tells of a change in the folder, or when ctx is
// done. ErrNoIdle when the server does not tell (RFC 2177).
func (s *Session) Wait(ctx context.Context) error {
	if !s.imap.Caps().Has(imap.CapIdle) {
		return ErrNoIdle
	}
	s.conn.allow(chatter)
	idle, err := s.imap.Idle()
	if err != nil {
		return s.because(err)
	}
	select {
	case <-s.changed:
	case <-ctx.Done():
	case <-s.imap.Closed():
	}
	if err := idle.Close(); err != nil {
		return s.because(err)
	}
	return s.because(idle.Wait())
}

func (s *Session) noteChange() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
