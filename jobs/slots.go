package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// slots run claimed work beside each other, a bounded number at a time, so that
// a tick returns at once and slow work does not hold up the rest.
type slots struct {
	running sync.WaitGroup
	mu      sync.Mutex
	busy    int
}

// fill claims as much as there is room for and runs each piece.
func fill[T any](ctx context.Context, s *slots, room int, log *slog.Logger, claim func(limit int) ([]T, error), run func(context.Context, T)) error {
	free := s.reserve(room)
	if free <= 0 {
		return nil
	}
	claimed, err := claim(free)
	s.give(free - len(claimed))
	if err != nil {
		return err
	}
	for _, piece := range claimed {
		s.running.Go(func() {
			defer s.give(1)
			defer func() {
				if r := recover(); r != nil {
					log.Error("claimed work panicked; its claim ends by itself", "panic", fmt.Sprint(r))
				}
			}()
			run(ctx, piece)
		})
	}
	return nil
}

func (s *slots) reserve(room int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := room - s.busy
	s.busy = room
	return free
}

func (s *slots) give(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy -= n
}

func (s *slots) wait() { s.running.Wait() }
