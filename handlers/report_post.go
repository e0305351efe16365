package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// postReport takes a report over HTTPS (RFC 8460 §5.4, rulings.md 15): 201
// means that it is on disk, and what it says is judged later. The secret in
// the URL is the only thing that is looked at.
func (s *site) postReport(c echo.Context) error {
	ctx := c.Request().Context()
	to, err := s.addressee(c)
	if err != nil {
		return err
	}
	if err := s.Intake.Ready(); err != nil {
		return comeBack(err)
	}
	raw, release, err := s.readBody(c, to.AccountID, int64(s.Limits.Report.Message))
	if err != nil {
		return err
	}
	defer release()
	// A body can take minutes: by then the secret may be another, or the domain gone.
	if to, err = s.addressee(c); err != nil {
		return err
	}
	receipt, err := s.Intake.Accept(ctx, ingest.Delivery{
		Via: models.ViaPost, AccountID: to.AccountID, DomainID: to.DomainID, RemoteAddr: c.RealIP(), Raw: raw,
	})
	if err != nil {
		return comeBack(err)
	}
	if receipt.Duplicate {
		return c.String(http.StatusOK, "stored already\n")
	}
	return c.String(http.StatusCreated, "stored\n")
}

func (s *site) addressee(c echo.Context) (models.Addressee, error) {
	secret := c.Param("secret")
	if !hosted.ValidSecret(secret) {
		return models.Addressee{}, models.ErrNotFound
	}
	to, err := s.Store.AddresseeOfSecret(c.Request().Context(), secret)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return to, comeBack(err)
	}
	return to, err
}

// comeBack makes every failure of ours one that a sender tries again.
func comeBack(err error) error {
	var own *refusal
	if errors.As(err, &own) || errors.Is(err, ingest.ErrOverQuota) {
		return err
	}
	return fmt.Errorf("%w: %w", &refusal{code: http.StatusServiceUnavailable, retry: retryLater()}, err)
}

// readBody reads a body of at most limit bytes as it is, whatever its types
// say, for an account. release gives back the memory that was reserved for it.
func (s *site) readBody(c echo.Context, accountID string, limit int64) (raw []byte, release func(), err error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, nil, refuse(http.StatusRequestEntityTooLarge, "")
	}
	if lengthless(r) {
		return nil, nil, refuse(http.StatusLengthRequired, "")
	}
	size := r.ContentLength
	if size < 0 {
		size = limit
	}
	held := s.memory.Begin(accountID)
	raw, err = readHeld(http.MaxBytesReader(c.Response().Writer, r.Body, limit), held, size)
	if err == nil {
		return raw, held.Release, nil
	}
	held.Release()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, nil, err
	}
	return nil, nil, comeBack(fmt.Errorf("read the body: %w", err))
}

// lengthless reports whether a request of HTTP/1 has a body of no stated
// length that is not chunked either (RFC 9112 §6.3 takes it as empty).
func lengthless(r *http.Request) bool {
	return r.ProtoMajor == 1 && r.ContentLength == 0 && len(r.TransferEncoding) == 0 && r.Header.Get("Content-Length") == ""
}
