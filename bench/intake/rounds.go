package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

// mailRound measures all mail servers once, for each number of connections.
func (f *field) mailRound(ctx context.Context, p plan, r results) error {
	n, err := fsyncs(f.dir)
	if err != nil {
		return err
	}
	r.add("fdatasync", n)
	for _, c := range []int{1, 10, 50, 100} {
		mails := p.mails
		if c == 1 {
			mails /= 5
		}
		for _, s := range []struct{ name, at string }{{"Postfix", f.postfixMail}, {"ours", f.mail}, {"without storage", f.bareMail}, {"smtp-sink", f.sinkMail}} {
			before, err := f.metric("sealpost_intake_commits_total")
			if err != nil {
				return err
			}
			rate, err := f.blast(ctx, s.at, c, mails)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			r.add(fmt.Sprintf("mail C=%d %s", c, s.name), rate)
			if s.name == "ours" {
				after, err := f.metric("sealpost_intake_commits_total")
				if err != nil {
					return err
				}
				r.add(fmt.Sprintf("commits at C=%d", c), rate*(after-before)/float64(mails))
			}
			if err := f.settle(ctx); err != nil {
				return err
			}
		}
	}
	rate, err := f.blast(ctx, f.mail, 10, p.mails, "-d")
	if err != nil {
		return err
	}
	r.add("mail C=10 ours, kept connection", rate)
	return f.settle(ctx)
}

// blast sends mails and gives how many a second were taken.
func (f *field) blast(ctx context.Context, at string, connections, mails int, more ...string) (float64, error) {
	args := append([]string{"-s", strconv.Itoa(connections), "-m", strconv.Itoa(mails), "-F", f.letter, "-f", "tlsrpt@reporter.test", "-t", f.address}, more...)
	began := time.Now()
	if out, err := exec.CommandContext(ctx, "smtp-source", append(args, at)...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("smtp-source: %w: %s", err, out)
	}
	return float64(mails) / time.Since(began).Seconds(), nil
}

// postRound measures all handlers once, with small reports and with medium
// ones. No body is sent twice.
func (f *field) postRound(ctx context.Context, p plan, r results) error {
	for _, size := range []struct {
		name    string
		details int
	}{{"small", 2}, {"medium", 20}} {
		bodies, err := f.bodies(p.posts, size.details)
		if err != nil {
			return err
		}
		if err := f.postBodies(ctx, r, size.name, bodies); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) postBodies(ctx context.Context, r results, size string, bodies [][]byte) error {
	for _, h := range []struct{ name, url string }{
		{"read and discard", "http://" + f.plain + "/discard"},
		{"naive gorm", "http://" + f.plain + "/naive"},
		{"ours, stored", "http://" + f.pages + f.secret},
	} {
		began := time.Now()
		if err := postAll(ctx, h.url, bodies); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		r.add("POST "+size+" "+h.name, float64(len(bodies))/time.Since(began).Seconds())
		if h.name == "ours, stored" {
			if err := f.settle(ctx); err != nil {
				return err
			}
			r.add("POST "+size+" ours, counted", float64(len(bodies))/time.Since(began).Seconds())
		}
	}
	return nil
}

// postAll posts over 32 connections.
func postAll(ctx context.Context, url string, bodies [][]byte) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	defer client.CloseIdleConnections()
	var g errgroup.Group
	g.SetLimit(32)
	for _, body := range bodies {
		g.Go(func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
			if err != nil {
				return err
			}
			res, err := client.Do(req)
			if err != nil {
				return err
			}
			discard(res.Body)
			if res.StatusCode >= 300 {
				return fmt.Errorf("answered %d", res.StatusCode)
			}
			return nil
		})
	}
	return g.Wait()
}

// growth measures mail once without and once with a backlog that waits unread.
func (f *field) growth(ctx context.Context, p plan) error {
	empty, err := f.blast(ctx, f.mail, 10, p.mails)
	if err != nil {
		return err
	}
	if err := f.settle(ctx); err != nil {
		return err
	}
	if err := f.pile(ctx, p.backlog); err != nil {
		return err
	}
	began := time.Now()
	full, err := f.blast(ctx, f.mail, 10, p.mails)
	if err != nil {
		return err
	}
	left, err := f.metric("sealpost_deliveries_pending")
	if err != nil {
		return err
	}
	if err := f.settle(ctx); err != nil {
		return err
	}
	drained := time.Since(began)
	fmt.Printf("\nmail C=10 with nothing waiting %.0f, with %.0f waiting %.0f: ratio %.2f\n", empty, left, full, full/empty)
	fmt.Printf("the journal had %.0f MiB at most\n", f.longest)
	fmt.Printf("the backlog of %d drains in %s: %.0f a second\n", p.backlog, drained.Round(time.Second), float64(p.backlog)/drained.Seconds())
	return nil
}

// pile puts deliveries into the database that nobody has read.
func (f *field) pile(ctx context.Context, n int) error {
	store, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	for n > 0 {
		var group []models.NewDelivery
		for range min(n, 1000) {
			f.posted++
			data, err := reportOf(f.posted, 2).Encode()
			if err != nil {
				return err
			}
			body, err := tlsrpt.Gzip(data)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(data)
			group = append(group, models.NewDelivery{Body: body, Delivery: models.Delivery{
				ID: models.NewDeliveryID(), AccountID: f.account.ID, DomainID: &f.domain.ID, Via: models.ViaPost,
				ReceivedAt: time.Now().UTC(), Size: int64(len(data)), BodyHash: sum[:],
			}})
		}
		if err := store.SaveDeliveries(ctx, group); err != nil {
			return err
		}
		n -= len(group)
	}
	return nil
}
