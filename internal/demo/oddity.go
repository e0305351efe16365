package demo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// The days, counted back from today, about which something odd comes in.
var (
	bannerDays = [...]int{5, 38, 39, 40, 112} // a gateway adds a banner to Google's mail to lists.example.org
	forgedDays = [...]int{8, 67, 160}         // somebody pretends to be Google
	strayDays  = [...]int{3, 10, 31, 58, 140} // what is no report, or none of ours
)

// oddities are the parcels about one day beside those that are as they should be.
func (w *world) oddities(ago int) ([]*parcel, error) {
	var all []*parcel
	for i, at := range forgedDays {
		if at == ago {
			p, err := w.forged(ago, i)
			if err != nil {
				return nil, err
			}
			all = append(all, p)
		}
	}
	for i, at := range strayDays {
		if at == ago {
			p, err := w.stray(ago, i)
			if err != nil {
				return nil, err
			}
			all = append(all, p...)
		}
	}
	return all, nil
}

// forged is a mail in Google's name that nobody has signed, with numbers to
// frighten.
func (w *world) forged(ago, i int) (*parcel, error) {
	s := w.scene("example.com", google, ago)
	s.total = 20_000
	at := s.day.Time().Add(day + 7*time.Hour + time.Duration(i)*time.Minute)
	r, _ := s.report()
	r.Policies[0].Successful, r.Policies[0].Failed = stated(0), stated(s.total)
	r.Policies[0].Failures = []tlsrpt.FailureDetail{{ResultType: "validation-failure", Sessions: s.total}}
	r.ReportID += "_2"
	p := &parcel{at: at, delivery: w.address(s), state: models.DeliveryUnverified}
	p.delivery.EnvelopeFrom, p.delivery.RemoteAddr = "info@bulk.example", "203.0.113.77"
	var err error
	p.delivery.Raw, err = w.mail(s, r, at)
	return p, err
}

// bannered is a signed mail that a gateway has written into, so that its
// signature no longer holds.
func bannered(p *parcel) *parcel {
	banner := []byte("\r\n\r\nCAUTION: this message comes from outside of the organisation.\r\n\r\nThis is a TLS report")
	p.delivery.Raw = bytes.Replace(p.delivery.Raw, []byte("\r\n\r\nThis is a TLS report"), banner, 1)
	p.state = models.DeliveryUnverified
	return p
}

// stray are deliveries that end in quarantine.
func (w *world) stray(ago, i int) ([]*parcel, error) {
	s := w.scene("example.com", google, ago)
	s.total = 100
	at := s.day.Time().Add(day + 9*time.Hour + time.Duration(i)*7*time.Minute)
	r, _ := s.report()
	data, err := r.Encode()
	if err != nil {
		return nil, err
	}
	quarantined := func(d ingest.Delivery, raw []byte) *parcel {
		d.Raw = raw
		at = at.Add(11 * time.Minute)
		return &parcel{at: at, delivery: d, state: models.DeliveryQuarantined}
	}
	mail := w.address(s)
	upload := ingest.Delivery{Via: models.ViaUpload, AccountID: w.account}
	named := func(name string) ingest.Delivery { upload.FileName = name; return upload }
	switch i {
	case 0:
		return []*parcel{
			quarantined(mail, text(s.rnd, at, "Undelivered Mail Returned to Sender", "The message could not be delivered within 5 days.")),
			quarantined(named("tls-report.json"), bytes.ReplaceAll(data, []byte("example.com"), []byte("other.example"))),
		}, nil
	case 1:
		return []*parcel{quarantined(named("report-cut.json"), data[:len(data)*2/3])}, nil
	case 2:
		return []*parcel{quarantined(mail, text(s.rnd, at, "Your weekly offers", "Everything must go."))}, nil
	case 3:
		negative := bytes.Replace(data, []byte(`-session-count":`), []byte(`-session-count":-`), 1)
		return []*parcel{quarantined(named("negative.json"), negative)}, nil
	default:
		unread := bytes.ReplaceAll(data, []byte("T00:00:00Z\""), []byte("\""))
		return []*parcel{quarantined(named("dates.json"), bytes.ReplaceAll(unread, []byte("datetime\":\""), []byte("datetime\":\"day ")))}, nil
	}
}

func text(rnd *rand.Rand, at time.Time, subject, body string) []byte {
	return fmt.Appendf(nil, "From: someone@bulk.example\r\nTo: postmaster@example.com\r\nDate: %s\r\nMessage-ID: <%x@bulk.example>\r\nSubject: %s\r\n\r\n%s\r\n",
		at.Format(time.RFC1123Z), rnd.Uint64(), subject, body)
}
