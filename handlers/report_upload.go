package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// upload is one file of a form, or one message of a mailbox file, on its way
// to its result.
type upload struct {
	name    string
	id      string // of the delivery, once it is stored
	refused string // the sentence, when it is not
}

// uploadReports takes files in and says of each what became of it. It serves
// the page of a domain and that of the account alike: what is uploaded goes to
// the domains that it names (rulings.md 2).
func (s *site) uploadReports(c echo.Context) error {
	var d models.Domain
	var err error
	if c.Param("name") != "" {
		if d, err = s.domain(c); err != nil {
			return err
		}
	}
	uploads, err := s.takeFiles(c)
	if err != nil && statusOfUpload(err) == http.StatusInternalServerError {
		return err
	}
	s.noteUpload(c, d.Name, len(uploads))
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
	errTooManyFiles = errors.New("too many files or messages in the form")
)

// takeFiles streams the files of a form into the intake, one message in memory
// at a time. An error ends it; what was stored before stays stored.
func (s *site) takeFiles(c echo.Context) ([]upload, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, s.Limits.Upload)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoFiles, err)
	}
	held := s.memory.Begin(member(c).AccountID)
	defer held.Release()
	if !held.Grow(int64(s.Limits.Report.Message)) {
		return nil, errCrowded
	}
	var uploads []upload
	for files := 0; ; files++ {
		part, err := nextFile(form)
		switch {
		case errors.Is(err, io.EOF) && files == 0:
			return nil, errNoFiles
		case errors.Is(err, io.EOF):
			return uploads, nil
		case err != nil:
			return uploads, err
		case files == s.Limits.UploadFiles:
			return uploads, errTooManyFiles
		}
		if uploads, err = s.takeFile(c, part, uploads); err != nil {
			return uploads, err
		}
	}
}

// nextFile passes over the fields of a form that are no files.
func nextFile(form *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := form.NextPart()
		if err != nil || part.FormName() == "files" && part.FileName() != "" {
			return part, err
		}
	}
}

// takeFile stores a file, each message of a mailbox file by itself. A message
// that is too large or empty is refused by itself.
func (s *site) takeFile(c echo.Context, part *multipart.Part, uploads []upload) ([]upload, error) {
	messages := tlsrpt.NewMessages(part, s.Limits.Report.Message)
	for n := 1; ; n++ {
		raw, err := messages.Next()
		if errors.Is(err, io.EOF) {
			return uploads, nil
		}
		if len(uploads) == s.Limits.UploadMessages {
			return uploads, errTooManyFiles
		}
		u := upload{name: part.FileName()}
		if messages.Mbox() {
			u.name = fmt.Sprintf("%s, message %d", u.name, n)
		}
		switch {
		case errors.Is(err, tlsrpt.ErrTooLarge):
			u.refused = fmt.Sprintf("It is larger than %d MiB, so it was not stored.", s.Limits.Report.Message>>20)
		case err != nil:
			return uploads, err
		case len(raw) == 0:
			u.refused = "It is empty, so it was not stored."
		default:
			if u.id, err = s.takeMessage(c, u.name, raw); err != nil {
				return uploads, err
			}
		}
		uploads = append(uploads, u)
	}
}

func (s *site) takeMessage(c echo.Context, name string, raw []byte) (id string, err error) {
	receipt, err := s.Intake.Accept(c.Request().Context(), ingest.Delivery{
		Via: models.ViaUpload, AccountID: member(c).AccountID, RemoteAddr: c.RealIP(), FileName: name, Raw: raw,
	})
	return receipt.ID, err
}

// noteUpload puts an upload into the audit log. What was stored stays stored
// when that fails: the deliveries themselves say how they came.
func (s *site) noteUpload(c echo.Context, domain string, messages int) {
	if messages == 0 {
		return
	}
	err := s.Store.Audit(c.Request().Context(), member(c).AccountID, models.AuditReportsUploaded, domain, models.Facts{"messages": strconv.Itoa(messages)})
	if err != nil {
		s.Log.Error("an upload is missing from the audit log", "id", requestID(c), "error", err)
	}
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
		return "This is more than one upload takes. What was stored is listed; send the rest in smaller groups, nothing counts twice."
	case http.StatusTooManyRequests:
		return sentenceOverQuota
	case http.StatusServiceUnavailable:
		return "The server is busy, so not all files were stored. Wait a minute and send the others again."
	default:
		if errors.Is(err, errNoFiles) {
			return "Choose one or more files to upload."
		}
		return "The upload broke off before its end. Send the files again; nothing counts twice."
	}
}
