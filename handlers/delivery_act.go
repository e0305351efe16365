package handlers

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
)

// actPatience is how long an answer waits for a delivery to be judged again.
const actPatience = 5 * time.Second

// acceptDelivery has a delivery without proof counted on a member's word.
func (s *site) acceptDelivery(c echo.Context) error {
	return s.judgeAgain(c, s.Store.AcceptDelivery, deedDeliveryAccepted)
}

// withdrawDelivery takes acceptDelivery back.
func (s *site) withdrawDelivery(c echo.Context) error {
	return s.judgeAgain(c, s.Store.WithdrawDelivery, deedDeliveryWithdrawn)
}

// replayDelivery has a delivery that does not count read again.
func (s *site) replayDelivery(c echo.Context) error {
	return s.judgeAgain(c, s.Store.ReplayDelivery, deedDeliveryReplayed)
}

// judgeAgain waits for the outcome, so that the next page and the charts show it.
func (s *site) judgeAgain(c echo.Context, change func(ctx context.Context, accountID, id, actor string) error, d deed) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	v := member(c)
	if err := s.judgedAgain(c.Request().Context(), v.AccountID, id, v.Email, change); err != nil {
		return err
	}
	return s.done(c, d, "/deliveries/"+id)
}

func (s *site) judgedAgain(ctx context.Context, accountID, id, actor string, change func(ctx context.Context, accountID, id, actor string) error) error {
	if err := change(ctx, accountID, id, actor); err != nil {
		return err
	}
	s.Intake.Wake()
	_, err := s.Intake.Outcome(ctx, accountID, id, actPatience)
	return err
}

// deleteDelivery deletes a delivery that counts nothing.
func (s *site) deleteDelivery(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	if err := s.Store.RemoveDelivery(c.Request().Context(), member(c).AccountID, id); err != nil {
		return err
	}
	return s.done(c, deedDeliveryDeleted, "/quarantine")
}
