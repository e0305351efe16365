package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of G23.
const (
	mostGrowth = 100 << 20
	mostP99    = time.Second
)

const demoForm = "email=demo%40sealpost.test&password=demo-demo-demo"

// measureLoad reads a page of the dashboard with nothing beside it, and then
// while browsers log in.
func measureLoad(ctx context.Context, web string, browsers int, length time.Duration) error {
	s, err := startServer(ctx, web, "password demo-demo-demo", nil, "demo", "--days", "90")
	if err != nil {
		return err
	}
	defer s.stop()
	session, err := s.logIn(ctx, newClient(1), "192.0.2.1")
	if err != nil {
		return err
	}
	if _, err := s.read(ctx, session, 2*time.Second); err != nil { // warm
		return err
	}
	alone, err := s.read(ctx, session, 5*time.Second)
	if err != nil {
		return err
	}
	before := s.rss()
	loaded, most, logins, err := s.underLoad(ctx, session, browsers, length)
	if err != nil {
		return err
	}
	fmt.Printf("dashboard alone:           p50 %v, p99 %v of %d\n", part(alone, 50), part(alone, 99), len(alone))
	fmt.Printf("with %d browsers logging in: p50 %v, p99 %v of %d; %d logins, %.0f a second\n", browsers, part(loaded, 50), part(loaded, 99), len(loaded), logins, float64(logins)/length.Seconds())
	fmt.Printf("memory: %d MiB before, %d MiB at most, %+d MiB\n", before>>20, most>>20, (most-before)>>20)
	if most-before > mostGrowth || part(loaded, 99) > mostP99 {
		return errors.New("logins cost more than G23 allows")
	}
	return nil
}

// underLoad reads while browsers log in over and over.
func (s *server) underLoad(ctx context.Context, session *http.Cookie, browsers int, length time.Duration) (times []time.Duration, most, logins int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var g sync.WaitGroup
	var done atomic.Int64
	client := newClient(browsers)
	for i := range browsers {
		g.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.logIn(ctx, client, fmt.Sprintf("10.0.%d.1", i)); err == nil {
					done.Add(1)
				}
			}
		})
	}
	g.Go(func() {
		for ctx.Err() == nil {
			most = max(most, s.rss())
			time.Sleep(20 * time.Millisecond)
		}
	})
	times, err = s.read(ctx, session, length)
	g.Wait()
	return times, most, done.Load(), err
}

func (s *server) logIn(ctx context.Context, client *http.Client, from string) (*http.Cookie, error) {
	answer, err := s.post(ctx, client, "/login", from, demoForm)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	for _, c := range answer.Cookies() {
		if c.Name == "sealpost" && answer.StatusCode == http.StatusSeeOther {
			return c, nil
		}
	}
	return nil, fmt.Errorf("logging in gives %d", answer.StatusCode)
}

// read loads the overview over and over, and gives how long each took.
func (s *server) read(ctx context.Context, session *http.Cookie, length time.Duration) ([]time.Duration, error) {
	client := newClient(1)
	var times []time.Duration
	for end := time.Now().Add(length); time.Now().Before(end) && ctx.Err() == nil; {
		r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, s.base+"/overview", nil)
		if err != nil {
			return nil, err
		}
		r.AddCookie(session)
		begun := time.Now()
		answer, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the overview gives %d, %v", answer.StatusCode, err)
		}
		times = append(times, time.Since(begun))
	}
	return times, nil
}

// part is the p-th percentile of times.
func part(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)].Round(10 * time.Microsecond)
}
