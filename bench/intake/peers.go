package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/sealpost/sealpost/internal/smtpd"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// servePeers serves our mail server without storage, and the handlers that the
// product is compared with.
func servePeers(ctx context.Context, where string) error {
	var mail, pages, file string
	if _, err := fmt.Sscan(where, &mail, &pages, &file); err != nil {
		return err
	}
	limits := smtpd.DefaultLimits()
	limits.PerBlock, limits.Rate = [3]int{1000, 1000, 1000}, [3]int{}
	bare, err := smtpd.Listen(smtpd.Config{
		Hostname: "bare.test", Limits: limits,
		Recipient: func(context.Context, string) error { return nil },
		Accept:    func(context.Context, smtpd.Mail) error { return nil },
	}, mail)
	if err != nil {
		return err
	}
	go bare.Serve(ctx)
	naive, err := newNaive(file)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /discard", func(_ http.ResponseWriter, r *http.Request) { discard(r.Body) })
	mux.Handle("POST /naive", naive)
	return http.ListenAndServe(pages, mux)
}

// naive is what one writes first: a report is decoded by the standard library
// and created with all that belongs to it, in a transaction of its own.
type naive struct{ db *gorm.DB }

type naiveReport struct {
	ID           uint
	Organization string `json:"organization-name"`
	Contact      string `json:"contact-info"`
	ReportID     string `json:"report-id" gorm:"index"`
	DateRange    struct {
		Start string `json:"start-datetime"`
		End   string `json:"end-datetime"`
	} `json:"date-range" gorm:"embedded"`
	Policies []naivePolicy `json:"policies"`
}

type naivePolicy struct {
	ID            uint
	NaiveReportID uint `gorm:"index"`
	Policy        struct {
		Type   string `json:"policy-type"`
		Domain string `json:"policy-domain"`
	} `json:"policy" gorm:"embedded"`
	Summary struct {
		Successful int64 `json:"total-successful-session-count"`
		Failed     int64 `json:"total-failure-session-count"`
	} `json:"summary" gorm:"embedded"`
	Details []naiveDetail `json:"failure-details"`
}

type naiveDetail struct {
	ID            uint
	NaivePolicyID uint   `gorm:"index"`
	ResultType    string `json:"result-type"`
	SendingIP     string `json:"sending-mta-ip"`
	MX            string `json:"receiving-mx-hostname"`
	Sessions      int64  `json:"failed-session-count"`
}

func newNaive(file string) (*naive, error) {
	db, err := gorm.Open(sqlite.Open("file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate"), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	return &naive{db}, db.AutoMigrate(&naiveReport{}, &naivePolicy{}, &naiveDetail{})
}

func (n *naive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := n.take(r.Body); err != nil && !strings.Contains(err.Error(), "context canceled") {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (n *naive) take(body io.Reader) error {
	unpacked, err := gzip.NewReader(body)
	if err != nil {
		return err
	}
	var report naiveReport
	if err := json.NewDecoder(unpacked).Decode(&report); err != nil {
		return err
	}
	return n.db.Create(&report).Error
}
