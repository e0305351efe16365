package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// uploadPatience is how long an answer waits for its files to be read. What
// takes longer is shown as pending.
const uploadPatience = 5 * time.Second

// upload is one file of a form on its way to its result.
type upload struct {
	name    string
	id      string // of the delivery, once it is stored
	refused string // the sentence, when it is not
}

// uploadReports takes files in and says of each what became of it.
func (s *site) uploadReports(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	uploads, err := s.takeFiles(c)
	if len(uploads) == 0 {
		return s.renderReports(c, statusOfUpload(err), d, nil, uploadSentence(err))
	}
	results, waitErr := s.uploadResults(c.Request().Context(), member(c).AccountID, uploads)
	if waitErr != nil {
		return waitErr
	}
	if err != nil {
		return s.renderReports(c, statusOfUpload(err), d, results, uploadSentence(err))
	}
	return s.renderReports(c, http.StatusOK, d, results, "")
}

// errNoFiles and errTooManyFiles are what can be wrong with a form itself.
var (
	errNoFiles      = errors.New("no file in the form")
	errTooManyFiles = errors.New("too many files in the form")
)

// takeFiles streams the files of a form into the intake, one in memory at a
// time. An error ends it; what was stored before stays stored.
func (s *site) takeFiles(c echo.Context) ([]upload, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, s.Limits.Upload)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoFiles, err)
	}
	release, err := s.memory.hold(int64(s.Limits.Report.Message))
	if err != nil {
		return nil, err
	}
	defer release()
	var uploads []upload
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(uploads) == 0:
			return nil, errNoFiles
		case errors.Is(err, io.EOF):
			return uploads, nil
		case err != nil:
			return uploads, err
		case part.FormName() != "files" || part.FileName() == "":
			continue
		case len(uploads) == s.Limits.UploadFiles:
			return uploads, errTooManyFiles
		}
		u, err := s.takeFile(c, part)
		if err != nil {
			return uploads, err
		}
		uploads = append(uploads, u)
	}
}

// takeFile stores one file. A file that is too large is refused by itself.
func (s *site) takeFile(c echo.Context, part *multipart.Part) (upload, error) {
	u := upload{name: part.FileName()}
	limit := int64(s.Limits.Report.Message)
	raw, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return u, err
	}
	if int64(len(raw)) > limit {
		u.refused = fmt.Sprintf("The file is larger than %d MiB, so it was not stored.", limit>>20)
		return u, nil
	}
	if len(raw) == 0 {
		u.refused = "The file is empty, so it was not stored."
		return u, nil
	}
	receipt, err := s.Intake.Accept(c.Request().Context(), ingest.Delivery{
		Via: models.ViaUpload, AccountID: member(c).AccountID, RemoteAddr: c.RealIP(), FileName: u.name, Raw: raw,
	})
	u.id = receipt.ID
	return u, err
}

func statusOfUpload(err error) int {
	switch {
	case errors.Is(err, errNoFiles):
		return http.StatusBadRequest
	case errors.Is(err, errTooManyFiles):
		return http.StatusRequestEntityTooLarge
	}
	if code := verdictOf(err).code; code != http.StatusInternalServerError {
		return code
	}
	return http.StatusBadRequest // the form breaks off
}

func uploadSentence(err error) string {
	switch statusOfUpload(err) {
	case http.StatusRequestEntityTooLarge:
		return "These are more files than one upload takes. What was stored is listed; send the others in smaller groups."
	case http.StatusServiceUnavailable:
		return "The server is busy, so not all files were stored. Wait a minute and send the others again."
	default:
		if errors.Is(err, errNoFiles) {
			return "Choose one or more files to upload."
		}
		return "The upload broke off before its end. Send the files again; nothing counts twice."
	}
}

// uploadResults waits a while for the files to be read and says what became of
// each.
func (s *site) uploadResults(ctx context.Context, accountID string, uploads []upload) ([]views.UploadResult, error) {
	end := time.Now().Add(uploadPatience)
	results := make([]views.UploadResult, len(uploads))
	for i, u := range uploads {
		results[i] = views.UploadResult{File: domainname.Show(u.name), Verdict: views.Fail, Text: u.refused}
		if u.refused != "" {
			continue
		}
		d, err := s.Intake.Outcome(ctx, accountID, u.id, max(time.Until(end), 0))
		if err != nil {
			return nil, err
		}
		reports, err := s.Store.ReportsOfDelivery(ctx, accountID, u.id)
		if err != nil {
			return nil, err
		}
		results[i].Verdict, results[i].Text, results[i].URL = uploadOutcome(d, reports)
	}
	return results, nil
}

func uploadOutcome(d models.Delivery, reports []models.Report) (views.Verdict, string, string) {
	switch d.State {
	case models.DeliveryPending:
		return views.Pending, "Stored, and not read yet. It counts as soon as it is.", "/deliveries"
	case models.DeliveryDuplicate:
		return views.Warn, "You have this report already; it counts once.", ""
	case models.DeliveryQuarantined:
		return views.Fail, fmt.Sprintf("Kept in quarantine (%s): %s", d.Reason, d.Detail), "/quarantine"
	}
	if len(reports) == 0 {
		return views.Warn, "Stored, but it holds no report of its own.", ""
	}
	r := reports[0]
	text := fmt.Sprintf("1 report from %s for %s.", reporterName(r.Reporter), r.Day)
	if len(reports) > 1 {
		text = fmt.Sprintf("%d reports, the first from %s for %s.", len(reports), reporterName(r.Reporter), r.Day)
	}
	return views.Pass, text, "/reports/" + r.ID
}
