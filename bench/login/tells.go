package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

// mostTold is how far the medians may lie apart.
const mostTold = 5 * time.Millisecond

// measureTells tries known and unknown addresses in turn. Each try comes from a
// network of its own and each address is tried once a form, so that no throttle
// answers.
func measureTells(ctx context.Context, web string, tries int) error {
	folder, err := os.MkdirTemp("", "sealpost-login-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	database := "sqlite:" + filepath.Join(folder, "sealpost.db")
	if err := fill(ctx, database, tries); err != nil {
		return err
	}
	// Nobody listens at the mail server's port: mails wait, which is all the same to who asks.
	s, err := startServer(ctx, web, "is ready", []string{"DATABASE_URL=" + database, "SECRET_KEY=" + strings.Repeat("5e", 32), "MAIL_URL=smtp://127.0.0.1:9"}, "serve")
	if err != nil {
		return err
	}
	defer s.stop()
	var errs []error
	for i, form := range []string{"/login", "/reset", "/signup"} {
		errs = append(errs, s.compare(ctx, form, i, tries))
	}
	return errors.Join(errs...)
}

// address is one of the known addresses, or one of the same length that is not.
func address(known bool, i int) string {
	return fmt.Sprintf("%s-%04d@example.test", map[bool]string{true: "known", false: "other"}[known], i)
}

func fill(ctx context.Context, database string, tries int) error {
	store, err := models.Open(ctx, database, models.Options{Now: time.Now, Random: rand.Reader, SecretKey: []byte(strings.Repeat("\x5e", 32))})
	if err != nil {
		return err
	}
	defer store.Close()
	hash, err := handlers.HashPassword("correct horse battery")
	if err != nil {
		return err
	}
	for i := range tries {
		if _, _, err := store.SignUp(ctx, address(true, i), hash); err != nil {
			return err
		}
	}
	return nil
}

// compare sends one form for all addresses and holds times and answers of the
// known against those of the unknown.
func (s *server) compare(ctx context.Context, path string, nth, tries int) error {
	coin, first := mathrand.New(mathrand.NewPCG(1, 2)), true
	client, times, answers := newClient(1), map[bool][]time.Duration{}, map[string]int{}
	for i := range 2 * tries {
		// Strictly in turn, what comes round with the number of tries, such as
		// collecting memory, would always meet the same kind.
		if i%2 == 0 {
			first = coin.IntN(2) == 0
		}
		known, n := first == (i%2 == 0), i/2
		email := address(known, n)
		form := url.Values{"email": {email}, "password": {"this one is wrong"}}.Encode()
		from := fmt.Sprintf("10.%d.%d.1", 10+2*nth+i%2, n%256)
		if n > 255 {
			from = fmt.Sprintf("11.%d.%d.1", 10+2*nth+i%2, n%256)
		}
		begun := time.Now()
		answer, err := s.post(ctx, client, path, from, form)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode == http.StatusTooManyRequests {
			return fmt.Errorf("%s: %d, %v", path, answer.StatusCode, err)
		}
		times[known] = append(times[known], time.Since(begun))
		answers[fmt.Sprint(answer.StatusCode, strings.ReplaceAll(string(body), email, "EMAIL"))]++
	}
	apart := part(times[true], 50) - part(times[false], 50)
	fmt.Printf("%-8s median known %v, unknown %v, apart %v; %d answer(s)\n", path, part(times[true], 50), part(times[false], 50), apart, len(answers))
	if apart.Abs() > mostTold || len(answers) != 1 {
		return fmt.Errorf("%s tells who is known", path)
	}
	return nil
}
