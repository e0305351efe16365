package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/views"
)

const (
	// analyzeFiles is how many files of one form are read.
	analyzeFiles = 10
	// analyzePause is how long a network waits that has used up its files.
	analyzePause = 10 * time.Second
)

func (s *site) analyzePage(c echo.Context) views.AnalyzePage {
	return views.AnalyzePage{Frame: s.publicFrame(c, "TLS report analyzer",
		"Open a TLS report (RFC 8460) as a page: .json, .json.gz, .zip or the whole mail. Nothing is kept.", toolAnalyzePath)}
}

func (s *site) showAnalyze(c echo.Context) error {
	return render(c, http.StatusOK, views.Analyze(s.analyzePage(c)))
}

// analyzeReports shows the reports in the files of a form and forgets them.
func (s *site) analyzeReports(c echo.Context) error {
	page := s.analyzePage(c)
	network := networkOf(c.RealIP())
	if wait := s.analyses.wait(network); wait > 0 {
		setRetryAfter(c, wait)
		page.Error = "Your network has sent many files in a row. Wait a few seconds and send it again."
		return render(c, http.StatusTooManyRequests, views.Analyze(page))
	}
	s.analyses.note(network)
	files, err := s.analyzeFiles(c)
	if err != nil {
		code, sentence := analyzeFault(err)
		if code == 0 {
			return err
		}
		page.Error = sentence
		return render(c, code, views.Analyze(page))
	}
	page.Files = files
	return render(c, http.StatusOK, views.Analyze(page))
}

// analyzeFiles reads the files of a form, one in memory at a time.
func (s *site) analyzeFiles(c echo.Context) ([]views.AnalyzedFile, error) {
	r := c.Request()
	limit := int64(s.Limits.Report.Message)
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, limit+maxForm)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, errNoFiles
	}
	var files []views.AnalyzedFile
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(files) == 0:
			return nil, errNoFiles
		case errors.Is(err, io.EOF):
			return files, nil
		case err != nil:
			return nil, err
		case part.FormName() != "files" || part.FileName() == "":
			continue
		case len(files) == analyzeFiles:
			return nil, errTooManyFiles
		}
		file, err := s.analyzeFile(networkOf(c.RealIP()), part)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
}

func (s *site) analyzeFile(network string, part *multipart.Part) (views.AnalyzedFile, error) {
	held := s.tools.Begin(network)
	defer held.Release()
	raw, err := readHeld(part, held, int64(s.Limits.Report.Message)+maxForm)
	if err == nil && !held.Grow(s.unpacked(raw)) {
		err = errCrowded
	}
	if err != nil {
		return views.AnalyzedFile{}, err
	}
	f := views.AnalyzedFile{Name: domainname.Show(part.FileName())}
	found, err := tlsrpt.Read(raw, s.Limits.Report)
	if err != nil {
		f.Error = views.UnreadSentence(tlsrpt.Reason(err))
		return f, nil
	}
	for _, problem := range found.Problems {
		if f.Problems = append(f.Problems, views.UnreadSentence(tlsrpt.Reason(problem))+" That part is left out."); len(f.Problems) == maxProblems {
			break
		}
	}
	f.More = max(len(found.Reports)-maxAnalyzed, 0)
	for _, report := range found.Reports[:len(found.Reports)-f.More] {
		f.Reports = append(f.Reports, analyzedReport(report))
	}
	return f, nil
}

// unpacked is the most that a file can become when it is read (tlsrpt.Limits).
func (s *site) unpacked(raw []byte) int64 {
	l := s.Limits.Report
	return min(int64(l.Decompressed), int64(l.RatioFree)+int64(l.Ratio)*int64(len(raw)))
}

// analyzeFault turns what is wrong with a form into a status and a sentence; 0
// for what is not the sender's fault.
func analyzeFault(err error) (int, string) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errNoFiles):
		return http.StatusBadRequest, "Choose a file to read."
	case errors.Is(err, errTooManyFiles):
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("Choose at most %d files at once.", analyzeFiles)
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "That is larger than any report; nothing of it was read."
	case errors.Is(err, errCrowded):
		return http.StatusServiceUnavailable, "The server is busy. Try again in a minute."
	case errors.Is(err, io.ErrUnexpectedEOF):
		return http.StatusBadRequest, "The upload broke off before its end. Send the file again."
	default:
		return 0, ""
	}
}
