package views

import (
	"fmt"
	"strings"
	"time"
)

const recordLabel = "_smtp._tls"

// host is the record's owner relative to the zone it is entered in.
func (p SetupPage) host() string {
	if p.Zone == "" || p.Zone == p.Domain.Name {
		return recordLabel
	}
	return recordLabel + "." + strings.TrimSuffix(p.Domain.Name, "."+p.Zone)
}

// relative tells whether the host is written relative to a parent's zone.
func (p SetupPage) relative() bool { return p.host() != recordLabel }

func (p SetupPage) fullHost() string { return recordLabel + "." + p.Domain.Name + "." }

// ttl in seconds, as DNS forms ask for it.
func (p SetupPage) ttl() int64 {
	if p.TTL <= 0 {
		return 3600
	}
	return int64(p.TTL / time.Second)
}

func (p SetupPage) snippet() snippet {
	return snippet{Host: p.host(), Zone: or(p.Zone, p.Domain.Name), Type: "CNAME", TTL: p.ttl(), Strings: []string{p.Target}}
}

// dnsHost is the well-known DNS host that the domain's name servers belong to,
// "" when it is not known.
func (p SetupPage) dnsHost() string {
	var names []string
	for _, s := range p.Panel.Servers {
		if s.Kind == KindAuthoritative {
			names = append(names, s.Server)
		}
	}
	return hostOf(names)
}

// frame reloads the whole page where there is no JavaScript to poll the panel.
func (p SetupPage) frame() Frame {
	f := p.Frame
	if f.Refresh == 0 && p.Panel.Poll > 0 {
		f.Refresh = max(int(p.Panel.Poll/time.Second), 5)
	}
	if p.SelfTest.Running {
		f.Refresh = selfTestRefresh
	}
	return f
}

// polls tells htmx how often to ask again: "every 5000ms", "" for never.
func (p SetupPanel) polls() string {
	if p.Poll <= 0 {
		return ""
	}
	return fmt.Sprintf("every %dms", p.Poll/time.Millisecond)
}

func (p SetupPanel) summary() string {
	if p.Summary != "" {
		return p.Summary
	}
	switch {
	case p.LastCheck.IsZero():
		return "The first check is on its way."
	case p.State == StateLapsed:
		return "The record has been gone for 7 days. Publish it again to go on."
	case p.Verdict == Pass:
		return "The record is right everywhere. Nothing to do."
	case p.Verdict == Warn:
		return "The record works, with a caveat."
	case p.Verdict == Fail && p.State == StateActive:
		return "The record no longer works."
	case p.Verdict == Fail:
		return "The record does not work yet."
	case p.Verdict == NotApplicable:
		return "TLS reporting does not apply to this domain."
	case len(p.Published) == 0 && !p.Unknown:
		return "No record is published yet."
	default:
		return "The record is on its way."
	}
}

// checked says when the last check was and when the next one comes.
func (p SetupPanel) checked() string {
	var parts []string
	if !p.LastCheck.IsZero() {
		parts = append(parts, "checked "+ago(p.Now, p.LastCheck))
	}
	switch {
	case p.Checking:
		parts = append(parts, "checking now")
	case !p.NextCheck.IsZero() && p.NextCheck.After(p.Now):
		parts = append(parts, "next check in "+span(p.NextCheck.Sub(p.Now)))
	case !p.NextCheck.IsZero():
		parts = append(parts, "next check is due")
	}
	return strings.Join(parts, " · ")
}

// ago is "just now", "4 s ago", or a date when that was days ago.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Second:
		return "just now"
	case d < 24*time.Hour:
		return span(d) + " ago"
	default:
		return "on " + stamp(t)
	}
}

// live is the clock that runs until the first report, "" when there is nothing to wait for.
func (p SetupPanel) live() string {
	if p.LiveSince.IsZero() || !p.FirstReport.IsZero() {
		return ""
	}
	return "Record live for " + span(p.Now.Sub(p.LiveSince)) + ", since " + stamp(p.LiveSince) +
		". First reports usually come after 24 to 48 hours."
}

// shown is the verdict as the pill says it: before the first check, pending.
func (p SetupPanel) shown() Verdict {
	if p.Verdict == "" {
		return Pending
	}
	return p.Verdict
}

func (s ServerRow) kindWord() string {
	word := "name server"
	if s.Kind == KindResolver {
		word = "public resolver"
	}
	if s.Address == "" || s.Address == s.Server {
		return word
	}
	return word + ", " + s.Address
}
