package handlers

import (
	"errors"

	"golang.org/x/sync/semaphore"
)

// errCrowded says that too many bodies are being received at once.
var errCrowded = errors.New("too many bodies are being received")

// memoryGate bounds the memory of all bodies that are being received: beyond
// it senders are asked to come back, and nobody's body is cut.
type memoryGate struct {
	bytes *semaphore.Weighted
}

func newMemoryGate(limit int64) *memoryGate {
	return &memoryGate{bytes: semaphore.NewWeighted(limit)}
}

// hold reserves n bytes until release is called, or refuses with errCrowded.
func (g *memoryGate) hold(n int64) (release func(), err error) {
	if !g.bytes.TryAcquire(n) {
		return nil, errCrowded
	}
	return func() { g.bytes.Release(n) }, nil
}
