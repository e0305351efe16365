package jobs

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sealpost/sealpost/models"
)

// One that comes alone is stored at once; those that come meanwhile are stored
// together, and add returns when its own is stored.
func TestOutcomesThatComeMeanwhileAreStoredTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s checkSaves
		var batches []int
		var adds sync.WaitGroup
		going := make(chan struct{})
		add := func() {
			adds.Go(func() {
				s.add(models.Outcome{}, func(all []models.Outcome) {
					<-going
					batches = append(batches, len(all))
				})
			})
		}
		add()
		synctest.Wait()
		for range 5 {
			add()
		}
		synctest.Wait()
		close(going)
		adds.Wait()
		if !slices.Equal(batches, []int{1, 5}) {
			t.Errorf("stored %v together", batches)
		}
		s.add(models.Outcome{}, func(all []models.Outcome) { batches = append(batches, len(all)) })
		if len(batches) != 3 {
			t.Error("nothing was stored after a pause")
		}
	})
}

// A panic while storing holds up nobody who waits, and nobody who comes later.
func TestStoringThatPanicsEnds(t *testing.T) {
	t.Parallel()
	var s checkSaves
	func() {
		defer func() { _ = recover() }()
		s.add(models.Outcome{}, func([]models.Outcome) { panic("a fault") })
	}()
	stored := false
	s.add(models.Outcome{}, func([]models.Outcome) { stored = true })
	if !stored {
		t.Error("nothing is stored any more")
	}
}
