package ingest

import (
	"context"
	"errors"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// selfTest finds the self-test that a delivery belongs to: it was sent to the
// domain's token or secret and its report-id holds a nonce that only the sender
// of the self-test knows. "" when it is none.
func (in *Ingest) selfTest(ctx context.Context, d models.Delivery, found tlsrpt.Found) (string, error) {
	if d.DomainID == nil || len(found.Reports) != 1 || d.Via != models.ViaMail && d.Via != models.ViaPost {
		return "", nil
	}
	nonce, ok := hosted.ParseSelfTestReportID(found.Reports[0].ReportID)
	if !ok {
		return "", nil
	}
	test, err := in.Store.SelfTestByNonce(ctx, *d.DomainID, nonce)
	if errors.Is(err, models.ErrNotFound) {
		return "", nil
	}
	return test.ID, err
}

// judgeSelfTest notes how a self-test has arrived; it is never counted
// (rulings.md 13). It does not wait for a key that cannot be looked up: that is
// what the test is to show.
func (in *Ingest) judgeSelfTest(ctx context.Context, d models.Delivery, raw []byte, found tlsrpt.Found, test string) models.Judged {
	if _, _, err := in.prove(ctx, &d, raw, found); err != nil {
		in.Log.Info("the key of a self-test could not be looked up", "delivery", d.ID, "error", err)
	}
	d.State, d.Detail = models.DeliverySelfTest, clean(d.DKIMReason, maxText)
	return models.Judged{Delivery: d, SelfTest: test}
}
