package models

import (
	"slices"
	"testing"
	"testing/synctest"
)

// Ruling 17: an accept writes before everything else that waits.
func TestAcceptsGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turn := newTurn()
		turn.take(false)
		var order []string
		queue := func(name string, urgent bool) {
			go func() {
				turn.take(urgent)
				order = append(order, name)
				turn.give()
			}()
			synctest.Wait()
		}
		queue("other", false)
		if turn.wanted() {
			t.Error("what is not urgent is wanted")
		}
		queue("accept", true)
		if !turn.wanted() {
			t.Error("an accept is not wanted")
		}
		turn.give()
		synctest.Wait()
		if want := []string{"accept", "other"}; !slices.Equal(order, want) || turn.wanted() {
			t.Errorf("the order is %q", order)
		}
	})
}
