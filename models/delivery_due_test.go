package models_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// Accounts of which nothing is due take no turns: they neither fill the places of
// a round, nor stand between a flood and who waits behind it.
func TestWhatIsNotDueTakesNoTurns(t *testing.T) {
	t.Parallel()
	const places = 16 // of accounts in one round
	for _, c := range []struct {
		what string
		due  []int // how much waits for each account; below 0: not yet
		want int   // accounts that get something in a claim of as many as there are places
	}{
		{"one before all", append([]int{-1}, repeated(2, places)...), places},
		{"many behind a flood", append(append([]int{100}, repeated(-1, places+4)...), 1), 2},
		{"more than all rounds look at", append(repeated(-1, 5*places), 1), 1},
	} {
		w := newWorld(t)
		for i, n := range c.due {
			w.account = testkit.Account(t, w.store, fmt.Sprintf("b%d@example.test", i))
			w.domain = testkit.Domain(t, w.store, w.account, "example.com")
			w.deliver(max(n, -n))
			if n < 0 {
				w.must(w.store.WriteDB().Exec("UPDATE deliveries SET next_attempt_at = ? WHERE account_id = ?", w.clock.Now().Add(time.Hour), w.account.ID).Error)
			}
		}
		claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "node", places, time.Minute)
		w.must(err)
		if n := len(accountsOf(claimed)); n != c.want {
			t.Errorf("%s: %d accounts share what is claimed, want %d", c.what, n, c.want)
		}
	}
}

func repeated(n, times int) (list []int) {
	for range times {
		list = append(list, n)
	}
	return list
}

func accountsOf(list []models.Delivery) map[string]bool {
	accounts := map[string]bool{}
	for _, d := range list {
		accounts[d.AccountID] = true
	}
	return accounts
}
