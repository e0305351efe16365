package demo

import (
	"bytes"
	"fmt"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// parcel is a delivery on its way, with what is to become of it.
type parcel struct {
	at       time.Time // of arrival
	delivery ingest.Delivery
	state    models.DeliveryState
	counted  []counted
}

// counted is a report that a parcel brings into the counts.
type counted struct {
	tally
	domain string
	day    models.Day
	key    string // the same for all revisions of a report
}

// count says that a parcel brings report r.
func (p *parcel) count(s *scene, r *tlsrpt.Report, t tally) {
	p.state = models.DeliveryCounted
	p.counted = append(p.counted, counted{t, s.domain.name, s.day, s.domain.name + " " + s.reporter.identity + " " + r.ReportID})
}

// pack makes the parcel of a report in the reporter's way.
func (w *world) pack(s *scene, r *tlsrpt.Report, t tally, at time.Time) (*parcel, error) {
	p := &parcel{at: at, delivery: w.address(s)}
	p.count(s, r, t)
	var err error
	if s.reporter.posts {
		p.delivery.Via = models.ViaPost
		p.delivery.Raw, err = packed(r)
		return p, err
	}
	p.delivery.Raw, err = w.signed(s, r, at)
	return p, err
}

func (w *world) address(s *scene) ingest.Delivery {
	return ingest.Delivery{
		Via: models.ViaMail, AccountID: w.account, DomainID: w.registered[s.domain.name].ID,
		EnvelopeFrom: s.reporter.envelope, RemoteAddr: fmt.Sprintf(s.reporter.network4, 25),
	}
}

func packed(r *tlsrpt.Report) ([]byte, error) {
	data, err := r.Encode()
	if err != nil {
		return nil, err
	}
	return tlsrpt.Gzip(data)
}

// mail writes the mail of a report without a signature.
func (w *world) mail(s *scene, r *tlsrpt.Report, at time.Time) ([]byte, error) {
	return tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: s.reporter.from, To: w.Zone.Address(w.registered[s.domain.name].Token),
		Submitter: s.reporter.submitter, PolicyDomain: s.domain.name, Date: at,
		MessageID: fmt.Sprintf("%s.%x@%s", stamp(at), s.rnd.Uint64(), s.reporter.submitter),
	}, r)
}

func (w *world) signed(s *scene, r *tlsrpt.Report, at time.Time) ([]byte, error) {
	mail, err := w.mail(s, r, at)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = dkim.Sign(&out, bytes.NewReader(mail), &dkim.SignOptions{
		Domain: s.reporter.identity, Selector: s.reporter.selector, Signer: w.key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "TLS-Report-Domain", "TLS-Report-Submitter"},
	})
	return out.Bytes(), err
}

// upload makes the parcel of a file that a member uploads.
func (w *world) upload(s *scene, r *tlsrpt.Report, t tally, at time.Time) (*parcel, error) {
	data, err := packed(r)
	p := &parcel{at: at, delivery: ingest.Delivery{
		Via: models.ViaUpload, AccountID: w.account, Raw: data,
		FileName: r.FileName(s.reporter.submitter, s.domain.name, "json.gz"),
	}}
	p.count(s, r, t)
	return p, err
}
