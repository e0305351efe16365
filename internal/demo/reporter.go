package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// The identities of the reporters: the domains that sign.
const (
	google      = "google.com"
	microsoft   = "microsoft.com"
	mailru      = "mail.ru"
	northmail   = "northmail.example"   // Postfix
	lindqvist   = "lindqvist.example"   // Stalwart
	quillhost   = "quillhost.example"   // mox
	cooperative = "cooperative.example" // Postfix, new this week
	harrow      = "harrow.example"      // posts instead of mailing
)

// reporter is somebody who sends reports, with habits as they are seen in the
// field (RFC 8460 leaves much open).
type reporter struct {
	identity     string
	organization string
	contact      string // contact-info; "" when it states none
	from         string
	envelope     string
	submitter    string
	selector     string
	share        float64 // of a domain's sessions
	since        int     // days ago on which it began; 0 for always
	dane         bool    // it applies DANE
	daneByMX     bool    // and names the MX in the policy, as RFC 8460 §1.1 has it
	mxHosts      bool    // it lists the mx patterns of a policy
	posts        bool    // it posts to the secret URL
	network4     string  // where it sends from, with a blank for the last part
	network6     string  // and also, or ""
	// arrives is when its reports about a day come, counted from the end of
	// that day.
	arrives func(*rand.Rand) time.Duration
	id      func(d string, day time.Time, r *rand.Rand) string
}

func between(from, to time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return from + time.Duration(r.Int64N(int64(to-from))) }
}

// lateNowAndThen is a morning, mostly the next, sometimes days later.
func lateNowAndThen(r *rand.Rand) time.Duration {
	late := []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 8}
	return time.Duration(late[r.IntN(len(late))])*day + between(2*time.Hour, 15*time.Hour)(r)
}

const day = 24 * time.Hour

func reporters() []reporter {
	return []reporter{
		{identity: google, organization: "Google Inc.", contact: "smtp-tls-reporting@google.com",
			from: "noreply-smtp-tls-reporting@google.com", envelope: "bounce@smtp-tls-reporting.bounces.google.com", submitter: "google.com", selector: "20230601",
			share: 0.48, mxHosts: true, network4: "198.18.64.%d", network6: "2001:db8:4860::%x",
			arrives: between(10*time.Hour, 16*time.Hour), id: googleID},
		{identity: microsoft, organization: "Microsoft Corporation", contact: "tlsrpt-noreply@microsoft.com",
			from: "tlsrpt-noreply@microsoft.com", envelope: "tlsrpt-noreply@microsoft.com", submitter: "microsoft.com", selector: "selector2",
			share: 0.31, dane: true, network4: "198.18.92.%d",
			arrives: lateNowAndThen, id: microsoftID},
		{identity: mailru, organization: "Mail.ru", contact: "tls_support@corp.mail.ru",
			from: "noreply-smtp-tls-reporting@corp.mail.ru", envelope: "noreply-smtp-tls-reporting@corp.mail.ru", submitter: "mail.ru", selector: "mail4",
			share: 0.04, mxHosts: true, network4: "198.18.217.%d",
			arrives: between(10*time.Minute, 14*time.Minute), id: mailruID},
		{identity: northmail, organization: "Northmail", contact: "postmaster@northmail.example",
			from: "tlsrpt@northmail.example", envelope: "tlsrpt@northmail.example", submitter: "northmail.example", selector: "tlsrpt",
			share: 0.09, dane: true, daneByMX: true, mxHosts: true, network4: "198.19.40.%d",
			arrives: between(30*time.Minute, 10*time.Hour), id: postfixID},
		{identity: lindqvist, organization: "mail.lindqvist.example",
			from: "noreply-tls@lindqvist.example", envelope: "noreply-tls@lindqvist.example", submitter: "mail.lindqvist.example", selector: "202501e",
			share: 0.03, dane: true, daneByMX: true, mxHosts: true, network4: "198.19.7.%d",
			arrives: between(time.Hour, 70*time.Minute), id: stalwartID},
		{identity: quillhost, organization: "mail.quillhost.example", contact: "postmaster@mail.quillhost.example",
			from: "postmaster@mail.quillhost.example", envelope: "postmaster@mail.quillhost.example", submitter: "mail.quillhost.example", selector: "2025a",
			share: 0.01, dane: true, daneByMX: true, mxHosts: true, network4: "198.19.88.%d",
			arrives: between(20*time.Minute, 6*time.Hour), id: moxID},
		{identity: cooperative, organization: "Cooperative Mail", contact: "postmaster@cooperative.example", since: 4,
			from: "tlsrpt@cooperative.example", envelope: "tlsrpt@cooperative.example", submitter: "cooperative.example", selector: "tlsrpt",
			share: 0.02, dane: true, daneByMX: true, mxHosts: true, network4: "198.19.120.%d",
			arrives: between(time.Hour, 9*time.Hour), id: postfixID},
		{identity: harrow, organization: "Harrow Relay", contact: "tls-reports@harrow.example", posts: true,
			share: 0.02, mxHosts: true, network4: "198.19.200.%d",
			arrives: between(3*time.Hour, 4*time.Hour), id: postfixID},
	}
}

func googleID(d string, day time.Time, _ *rand.Rand) string {
	return day.Format("2006-01-02T15:04:05Z_") + d
}

func microsoftID(d string, _ time.Time, r *rand.Rand) string {
	return fmt.Sprintf("%018d+%s", r.Int64N(1e18), d)
}

func mailruID(_ string, _ time.Time, r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x@mail.ru", uint32(a), uint16(a>>32), a>>48&0xfff, b>>48&0xfff, b&0xffffffffffff)
}

func postfixID(d string, day time.Time, _ *rand.Rand) string {
	return day.Format("2006-01-02T15:04:05Z_idx1_") + d
}

func stalwartID(_ string, day time.Time, r *rand.Rand) string {
	return fmt.Sprintf("%d_%d", day.Unix(), r.Uint64())
}

func moxID(d string, day time.Time, _ *rand.Rand) string {
	return day.Format("20060102.") + d + "@mail.quillhost.example"
}
