package views

import (
	"time"

	"github.com/sealpost/sealpost/views/chart"
)

// gallerySelfTest is a state of the self-test with what it is called.
type gallerySelfTest struct {
	Name  string
	Panel SelfTestPanel
}

// selfTests are all states of the panel: idle, waiting for its turn, on its way,
// ended at each stage, never seen, posted and passed.
func (p GalleryPage) selfTests() []gallerySelfTest {
	begun := SelfTestPanel{Domain: "example.com", Started: p.Now.Add(-2 * time.Second)}
	waiting, late, posted, passed := begun, begun, begun, begun
	waiting.Running, late.Late, posted.Passed, passed.Passed = true, true, true, true
	late.Stages, passed.Stages = selfTestStages(5), selfTestStages(8)
	posted.Stages = append(selfTestStages(1), selfTestStages(8)[4:]...)
	list := []gallerySelfTest{
		{"Idle", SelfTestPanel{Domain: "example.com", CanStart: true}}, {"Idle, for a member who may only look", SelfTestPanel{Domain: "example.com"}},
		{"Waiting", waiting},
	}
	for _, n := range []int{1, 4, 6} {
		running := waiting
		running.Stages = selfTestStages(n)
		list = append(list, gallerySelfTest{"On its way, after " + running.Stages[n-1].word(), running})
	}
	for i, why := range selfTestFaults {
		failed := begun
		failed.Stages = selfTestStages(i + 1)
		failed.Stages[i].Failed, failed.Stages[i].Detail = true, why
		list = append(list, gallerySelfTest{"Ended at " + failed.Stages[i].word(), failed})
	}
	return append(list, gallerySelfTest{"Never seen here", late}, gallerySelfTest{"Arrived by POST", posted}, gallerySelfTest{"Arrived", passed})
}

// selfTestFaults are what may be wrong at each stage, in their order.
var selfTestFaults = [...]string{
	"No record was found at _smtp._tls.example.com: the name does not exist.",
	"No mail server was found for rpt.tls.sealpost.test: no answer in time.",
	"mx1.tls.sealpost.test at 192.0.2.25 does not answer: the connection was refused.",
	"mx1.tls.sealpost.test does not offer STARTTLS.",
	"mx1.tls.sealpost.test answered 550 5.1.1 No such mailbox.",
	"It could not be stored.",
	"The DKIM signature does not fit the message.",
	"There is no report in it.",
}

// selfTestStages are the first n, as they go when all is well.
func selfTestStages(n int) []SelfTestStage {
	details := [...]string{
		"v=TLSRPTv1; rua=mailto:k7w2m9x4c1pd@rpt.tls.sealpost.test", "mx1.tls.sealpost.test", "mx1.tls.sealpost.test at 192.0.2.25",
		"TLS 1.3 with mx1.tls.sealpost.test, not verified", "250 2.0.0 Stored as 4f1e8a20c7", "stored", "DKIM signature of tls.sealpost.test is valid",
		"one report about this domain; it is not counted",
	}
	stages := make([]SelfTestStage, n)
	for i := range stages {
		stages[i] = SelfTestStage{Name: SelfTestOrder()[i], After: time.Duration(i*i+1) * 37 * time.Millisecond, Detail: details[i]}
	}
	return stages
}

// setupPanels follow a record from before the first check until it is right, and
// through what may go wrong.
func (p GalleryPage) setupPanels() []SetupPanel {
	fresh := SetupPanel{Domain: "example.com", State: StatePending, Now: p.Now, Checking: true}
	wrong := fresh
	wrong.Checking, wrong.Verdict, wrong.LastCheck, wrong.NextCheck = false, Fail, p.Now.Add(-4*time.Second), p.Now.Add(5*time.Second)
	wrong.Servers, wrong.Findings = p.servers()[1:], p.findings()[:1]
	wrong.Published = []string{`TXT "v=TLSRPTv1; rua=mailto:old@collector.example"`}
	spreading := wrong
	spreading.Verdict, spreading.Servers, spreading.Findings, spreading.Published = Pending, p.servers(), p.findings()[1:2], nil
	silent := fresh
	silent.Verdict, silent.LastCheck, silent.Unknown = Warn, p.Now.Add(-time.Minute), true
	right := wrong
	right.State, right.Verdict, right.Findings, right.LiveSince = StateActive, Pass, nil, p.Now.Add(-20*time.Hour)
	right.Servers, right.Published = p.servers()[:1], []string{"CNAME example.com._smtp._tls.k7w2m9x4c1pd.tls.sealpost.test."}
	reported := right
	reported.FirstReport = p.Now.Add(-time.Hour)
	lapsed := wrong
	lapsed.State, lapsed.Published = StateLapsed, nil
	return []SetupPanel{fresh, wrong, spreading, silent, right, reported, lapsed}
}

// mailboxes are the states of a connected mailbox.
func (p GalleryPage) mailboxes() []MailboxPage {
	trying := MailboxPage{Frame: p.Frame, State: "testing", CanManage: true, Form: MailboxForm{Host: "imap.example.com", Username: "reports@example.com", Folder: "INBOX", DoneFolder: "Done", FailedFolder: "Not reports"}}
	first, fine, failing, paused := trying, trying, trying, trying
	first.State = "running"
	fine.State, fine.Tried, fine.Polled, fine.Taken, fine.PutAside = "running", p.Now, p.Now, 1204, 3
	failing.State, failing.Tried, failing.Error = "running", p.Now, "The mailbox refuses the password."
	paused.State, paused.Tried, paused.Polled = "paused", p.Now, p.Now
	looked := fine
	looked.CanManage = false
	return []MailboxPage{trying, first, fine, failing, paused, looked}
}

// failures are a problem with its days, one that nobody explains, and one of many
// domains.
func (p GalleryPage) failures() []FailureGroup {
	known := FailureGroup{
		Domain: "example.com", ResultType: "certificate-expired", MX: "mx2.example.com", Failed: 412, OfTotal: 18220, First: p.Now.AddDate(0, 0, -9), Last: p.Now.AddDate(0, 0, -1),
		Reporters: []string{"Google", "Microsoft"}, Reason: "X509_V_ERR_CERT_HAS_EXPIRED", Cause: "The certificate of the MX host has expired.", Fix: "Renew the certificate on mx2.example.com and reload the mail server.",
		Whose: "It looks like your side: one MX.", Evidence: []string{"2 of 8 reporters see it.", "No such failure at mx1.example.com."}, URL: "/dev/gallery",
		Spark: &chart.Spark{Days: p.galleryDays(30), Label: "30 days", FailuresOnly: true},
	}
	bare := FailureGroup{Domain: "example.com", ResultType: "a-type-that-no-standard-knows", Failed: 1, First: p.Now, Last: p.Now}
	shared := known
	shared.Spark, shared.MX, shared.OfTotal, shared.DomainCount = nil, "mx2.a-provider-with-a-long-name.customers.example", 0, 212
	shared.Whose, shared.Evidence = "It looks like the server mx2.a-provider-with-a-long-name.customers.example, which these domains share.", []string{"212 of your domains have it."}
	shared.Domains = []FailureDomain{{"example.com", 300}, {"a-domain-with-a-name-of-more-than-sixty-characters.customers.example", 112}}
	return []FailureGroup{known, bare, shared}
}
