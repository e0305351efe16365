package jobs

import (
	"sync"

	"github.com/sealpost/sealpost/models"
)

// checkSaves stores the outcomes of checks. One that comes alone is stored at
// once; those that come meanwhile are stored together after it, because a
// transaction costs more than what is in it.
type checkSaves struct {
	mu     sync.Mutex
	next   *saveBatch
	saving bool
}

// saveBatch is stored in one transaction.
type saveBatch struct {
	outcomes []models.Outcome
	done     chan struct{}
}

// add returns when o has been given to store. It may be stored by another
// goroutine that calls add, with what that one brings.
func (s *checkSaves) add(o models.Outcome, store func([]models.Outcome)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = &saveBatch{done: make(chan struct{})}
	}
	mine := s.next
	mine.outcomes = append(mine.outcomes, o)
	if s.saving {
		s.mu.Unlock()
		<-mine.done
		s.mu.Lock()
		return
	}
	s.saving = true
	defer func() { s.saving = false }()
	for s.next != nil {
		s.storeNext(store)
	}
}

// storeNext gives up the lock while it stores.
func (s *checkSaves) storeNext(store func([]models.Outcome)) {
	b := s.next
	s.next = nil
	s.mu.Unlock()
	defer s.mu.Lock()
	defer close(b.done)
	store(b.outcomes)
}
