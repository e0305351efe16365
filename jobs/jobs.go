// Package jobs holds the scheduled work: a list of jobs as data, gocron to tick
// them, and one file per job. Work itself lives in the database and is claimed
// there, so a tick that is missed or runs twice costs nothing. It never imports
// handlers or views.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
)

// Job is a piece of work that is done again and again.
type Job struct {
	Name  string
	Every time.Duration
	// EveryNode runs the job on all nodes; otherwise only the node that holds
	// the lease ticks it.
	EveryNode bool
	Run       func(ctx context.Context) error
}

// Counters count what jobs have done since the start, by name.
type Counters struct {
	mu     sync.Mutex
	counts map[string]Count
}

// Count is what one job has done.
type Count struct{ Runs, Errors, Panics uint64 }

func (c *Counters) add(name string, add Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]Count{}
	}
	n := c.counts[name]
	c.counts[name] = Count{n.Runs + add.Runs, n.Errors + add.Errors, n.Panics + add.Panics}
}

// Snapshot copies the counts.
func (c *Counters) Snapshot() map[string]Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]Count, len(c.counts))
	for name, n := range c.counts {
		out[name] = n
	}
	return out
}

// stopTimeout bounds how long a stop waits for the jobs in hand.
const stopTimeout = 40 * time.Second

// Scheduler ticks a list of jobs.
type Scheduler struct {
	Jobs     []Job
	Elector  gocron.Elector
	Counters *Counters
	Log      *slog.Logger
}

// Run ticks the jobs until ctx is done and those in hand have ended.
func (s *Scheduler) Run(ctx context.Context) error {
	led, err := s.start(ctx, false)
	if err != nil {
		return err
	}
	own, err := s.start(ctx, true)
	if err != nil {
		return err
	}
	<-ctx.Done()
	for _, part := range []gocron.Scheduler{led, own} {
		if err := part.Shutdown(); err != nil {
			s.Log.Warn("the scheduler did not stop in time", "error", err)
		}
	}
	return nil
}

func (s *Scheduler) start(ctx context.Context, everyNode bool) (gocron.Scheduler, error) {
	options := []gocron.SchedulerOption{
		gocron.WithStopTimeout(stopTimeout),
		gocron.WithLocation(time.UTC),
		gocron.WithGlobalJobOptions(
			gocron.WithSingletonMode(gocron.LimitModeReschedule),
			gocron.WithEventListeners(
				gocron.AfterJobRuns(func(_ uuid.UUID, name string) { s.Counters.add(name, Count{Runs: 1}) }),
				gocron.AfterJobRunsWithError(func(_ uuid.UUID, name string, err error) {
					if errors.Is(err, gocron.ErrPanicRecovered) {
						return // which is told of as a panic
					}
					s.Counters.add(name, Count{Runs: 1, Errors: 1})
					s.Log.Error("a job failed", "job", name, "error", err)
				}),
				gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, name string, recovered any) {
					s.Counters.add(name, Count{Runs: 1, Panics: 1})
					s.Log.Error("a job panicked", "job", name, "panic", fmt.Sprint(recovered))
				}),
			),
		),
	}
	if !everyNode {
		options = append(options, gocron.WithDistributedElector(s.Elector))
	}
	scheduler, err := gocron.NewScheduler(options...)
	if err != nil {
		return nil, err
	}
	for _, job := range s.Jobs {
		if job.EveryNode != everyNode {
			continue
		}
		_, err := scheduler.NewJob(
			gocron.DurationJob(job.Every),
			gocron.NewTask(func() error { return job.Run(ctx) }),
			gocron.WithName(job.Name),
			gocron.WithStartAt(gocron.WithStartImmediately()),
		)
		if err != nil {
			return nil, fmt.Errorf("schedule the job %s: %w", job.Name, err)
		}
	}
	scheduler.Start()
	return scheduler, nil
}
