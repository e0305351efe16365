// Command login measures what logins cost everybody else, and what they tell
// strangers (G23 of reliability.md):
//
//	go build -o /tmp/web ./cmd/web && go run ./bench/login -web /tmp/web
//
// It starts the program as processes of its own on loopback: a demo, whose
// dashboard is read while 200 browsers log in over and over, and a server with
// a database of known addresses, which are tried in turn with unknown ones.
// It ends with an error when a bound is missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	web := flag.String("web", "", "the program to measure")
	browsers := flag.Int("browsers", 200, "browsers that log in at once")
	length := flag.Duration("length", 15*time.Second, "how long they do")
	tries := flag.Int("tries", 500, "tries with known and with unknown addresses, each")
	flag.Parse()
	ctx := context.Background()
	err := errors.Join(measureLoad(ctx, *web, *browsers, *length), measureTells(ctx, *web, *tries))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
