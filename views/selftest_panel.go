package views

import (
	"fmt"
	"time"
)

// SelfTestPanel sends a test report, on the setup page and on the domain's.
// "GET /domains/{name}/self-test" answers htmx with it alone.
type SelfTestPanel struct {
	Domain string
	// OnDomain is true on the domain's page: there it is no step of a setup.
	OnDomain bool
	// CanStart shows the button.
	CanStart bool
	// Started is zero when there has been none.
	Started time.Time
	Running bool
	Passed  bool
	// Late says that the report was accepted and has not been seen here.
	Late   bool
	Stages []SelfTestStage
}

// SelfTestStage is one step of the way.
type SelfTestStage struct {
	Name   string
	After  time.Duration // since the start
	Failed bool
	Detail string
}

// The stages that the intake sees; those before are the sender's.
const (
	StageReceived      = "received"
	StageAuthenticated = "authenticated"
	StageRead          = "read"
)

// SelfTestOrder is the order of the stages.
func SelfTestOrder() []string {
	return []string{"record", "mx", "connect", "starttls", "accepted", StageReceived, StageAuthenticated, StageRead}
}

// selfTestRefresh is how often the page is loaded anew without JavaScript.
const selfTestRefresh = 3

// url is where the panel is asked for and the test is started; it says to which
// page to come back.
func (p SelfTestPanel) url() string {
	if p.OnDomain {
		return domainURL(p.Domain, "self-test") + "?at=domain"
	}
	return domainURL(p.Domain, "self-test")
}

func (s SelfTestStage) word() string {
	switch s.Name {
	case "record":
		return "Record"
	case "mx":
		return "Mail servers"
	case "connect":
		return "Connection"
	case "starttls":
		return "STARTTLS"
	case "accepted":
		return "Acceptance"
	case StageReceived:
		return "Arrival here"
	case StageAuthenticated:
		return "Authentication"
	default:
		return "Reading"
	}
}

// selfTestRow is a stage as the table shows it, reached or not.
type selfTestRow struct {
	SelfTestStage
	verdict Verdict
	reached bool
}

// rows are all stages. What comes before one that was reached was not needed: a
// report that is posted asks for no mail server.
func (p SelfTestPanel) rows() []selfTestRow {
	reached := map[string]SelfTestStage{}
	for _, s := range p.Stages {
		reached[s.Name] = s
	}
	var rows []selfTestRow
	left := len(reached)
	for _, name := range SelfTestOrder() {
		s, ok := reached[name]
		if ok {
			left--
			rows = append(rows, selfTestRow{s, s.outcome(), true})
			continue
		}
		rows = append(rows, p.unreached(name, left > 0))
	}
	return rows
}

func (p SelfTestPanel) unreached(name string, passedOver bool) selfTestRow {
	row := selfTestRow{SelfTestStage: SelfTestStage{Name: name, Detail: "not reached"}, verdict: NotApplicable}
	switch {
	case passedOver:
		row.Detail = "not needed"
	case p.Running:
		row.Detail, row.verdict = "", Pending
	case p.Late && name == StageReceived:
		row.Detail, row.verdict = "not seen within three minutes", Fail
	}
	return row
}

func (s SelfTestStage) outcome() Verdict {
	if s.Failed {
		return Fail
	}
	return Pass
}

// after is "+0.42 s", or a dash for a stage that was not reached.
func (r selfTestRow) after() string {
	if !r.reached {
		return dash
	}
	return fmt.Sprintf("+%.2f\u202fs", max(r.After, 0).Seconds())
}

func (p SelfTestPanel) verdict() Verdict {
	switch {
	case p.Running:
		return Pending
	case p.Passed:
		return Pass
	default:
		return Fail
	}
}

func (p SelfTestPanel) summary() string {
	switch {
	case p.Running && len(p.Stages) == 0:
		return "A test report waits for its turn."
	case p.Running:
		return "A test report is on its way."
	case p.Passed:
		return "A report takes the whole way from the record to this page."
	case p.Late:
		return "The report was not seen here within three minutes. If a mail server has accepted it, look into that server's queue."
	default:
		return "The test report did not make it. The line with × says where it stopped."
	}
}
