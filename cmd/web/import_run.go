package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
)

const (
	// outcomeWait is how long one message may take to be read.
	outcomeWait = time.Minute
	// importAhead is how many messages are stored before the first of them has
	// been read.
	importAhead = 64
)

// importRun is one run of the command: one side stores messages, the other
// says in the same order what became of them.
type importRun struct {
	intake *ingest.Ingest
	like   ingest.Delivery // what all messages have in common
	limit  int             // bytes of one message
	std    streams
	files  int

	counts   map[models.DeliveryState]int
	messages int
}

// imported is one message on its way to its outcome.
type imported struct {
	file int // of all, from 1
	name string
	id   string // of the delivery, once it is stored
	err  error
}

func (r *importRun) all(ctx context.Context, files []string) error {
	stored := make(chan imported, importAhead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(stored)
		for i, path := range files {
			if err := r.storeFile(ctx, i+1, path, stored); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error { return r.tellAll(ctx, stored) })
	err := g.Wait()
	r.progress("")
	if err != nil {
		return err
	}
	known := r.counts[models.DeliveryCounted] + r.counts[models.DeliveryDuplicate]
	fmt.Fprintf(r.std.out, "%d messages in %d files: %d counted, %d duplicate, %d not counted\n", r.messages, r.files,
		r.counts[models.DeliveryCounted], r.counts[models.DeliveryDuplicate], r.messages-known)
	if known < r.messages {
		return exitCode(1)
	}
	return nil
}

// storeFile stores what is in one file. Its error ends the run; what is wrong
// with the file is told in its place.
func (r *importRun) storeFile(ctx context.Context, number int, path string, stored chan<- imported) error {
	f, err := os.Open(path) // #nosec G304 -- who runs the program names it
	if err != nil {
		return send(ctx, stored, imported{file: number, name: path, err: err})
	}
	defer f.Close()
	messages := tlsrpt.NewMessages(f, r.limit)
	for n := 1; ; n++ {
		raw, err := messages.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		m := imported{file: number, name: path, err: err}
		file := shownName(path)
		if messages.Mbox() {
			m.name, file = fmt.Sprintf("%s, message %d", path, n), fmt.Sprintf("%s, message %d", file, n)
		}
		if err == nil {
			d := r.like
			d.FileName, d.Raw = file, raw
			var receipt ingest.Receipt
			receipt, m.err = r.intake.Accept(ctx, d)
			m.id = receipt.ID
		}
		if err := send(ctx, stored, m); err != nil {
			return err
		}
	}
}

func send(ctx context.Context, stored chan<- imported, m imported) error {
	select {
	case stored <- m:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *importRun) tellAll(ctx context.Context, stored <-chan imported) error {
	for m := range stored {
		r.messages++
		r.progress(fmt.Sprintf("%d of %d files, %d messages", m.file, r.files, r.messages))
		d, err := models.Delivery{}, m.err
		if err == nil {
			d, err = r.intake.Outcome(ctx, r.like.AccountID, m.id, outcomeWait)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.tell(m.name, d, err)
	}
	return nil
}

func (r *importRun) tell(name string, d models.Delivery, err error) {
	r.progress("")
	if err != nil {
		fmt.Fprintf(r.std.err, "web: %s: %v\n", printable(name), err)
		return
	}
	r.counts[d.State]++
	fmt.Fprintf(r.std.out, "%-12s %s", d.State, printable(name))
	if d.Reason != "" {
		fmt.Fprintf(r.std.out, "  (%s: %s)", d.Reason, printable(d.Detail))
	}
	fmt.Fprintln(r.std.out)
}

// progress writes over the last line of a terminal; "" takes it away. Nothing
// is written where nobody looks on.
func (r *importRun) progress(text string) {
	if isTerminal(r.std.err) {
		fmt.Fprintf(r.std.err, "\r\x1b[K%s", text)
	}
}
