package demo

import "slices"

// setup is what stands in DNS for a domain.
type setup int

const (
	delegated   setup = iota // the CNAME that was asked for
	direct                   // a TXT of its own, without us
	appended                 // the CNAME, with the domain appended to its value
	unpublished              // nothing yet
)

// domain is one of the cast. Moments are in whole days before today, so that
// the stories are as old on every day that the demo is run.
type domain struct {
	name    string
	joined  int     // registered
	removed int     // since then its CNAME is gone; 0 for never
	setup   setup   // of its record
	volume  float64 // sessions of a working day, by now
	weekend float64 // share of it on Saturday and Sunday
	mx      []mailHost
	modes   []modeTurn // of its MTA-STS policy, oldest first; none without one
	dane    bool
	// reporters are those that send to it, by identity.
	reporters []string
	// onlyDay is the one day about which it has reports; 0 for all days.
	onlyDay int
	// uploads says that its reports are uploaded week by week.
	uploads bool
}

// mailHost is an MX while it is in use.
type mailHost struct {
	name  string
	share float64 // of the sessions
	since int     // in use from then on; 0 for always
	until int     // and until then; 0 for still
}

func (m mailHost) inUse(ago int) bool {
	return (m.since == 0 || ago <= m.since) && (m.until == 0 || ago > m.until)
}

// modeTurn is a change of the mode of an MTA-STS policy.
type modeTurn struct {
	since int
	mode  string
}

// mode is the mode of the MTA-STS policy so many days ago, "" without a policy.
func (d *domain) mode(ago int) string {
	mode := ""
	for _, turn := range d.modes {
		if ago <= turn.since {
			mode = turn.mode
		}
	}
	return mode
}

func (d *domain) hosts(ago int) []mailHost {
	return slices.DeleteFunc(slices.Clone(d.mx), func(m mailHost) bool { return !m.inUse(ago) })
}

// sendsReports says whether a report about a day so long ago reaches us: the
// record must be there when its sender looks, on the day after.
func (d *domain) sendsReports(ago int) bool {
	switch {
	case d.setup == appended || d.setup == unpublished || ago > d.joined:
		return false
	case d.onlyDay > 0:
		return ago == d.onlyDay
	default:
		return ago > d.removed
	}
}

// ever is a turn that lies before everything that is told.
const ever = 10 * Days

func mode(m string) []modeTurn { return []modeTurn{{ever, m}} }

// cast lists the domains.
func cast() []domain {
	return []domain{
		{name: "example.com", joined: 400, volume: 4200, weekend: 0.4, modes: mode("enforce"), reporters: []string{google, microsoft, mailru, northmail, lindqvist, quillhost, harrow, cooperative},
			mx: []mailHost{{name: "mx1.example.com", share: 0.7}, {name: "mx2.example.com", share: 0.3}}},
		{name: "example.org", joined: 400, volume: 1500, weekend: 0.55, modes: []modeTurn{{ever, "testing"}, {61, "enforce"}}, reporters: []string{google, microsoft, mailru, northmail, lindqvist, cooperative},
			mx: []mailHost{{name: "mail.example.org", share: 1, until: 74}, {name: "in1.post.example", share: 0.5, since: 74}, {name: "in2.post.example", share: 0.5, since: 74}}},
		{name: "example.net", joined: 399, volume: 2600, weekend: 0.5, modes: mode("enforce"), dane: true, reporters: []string{google, microsoft, northmail, lindqvist, quillhost, cooperative},
			mx: []mailHost{{name: "mx1.example.net", share: 0.6}, {name: "mx2.example.net", share: 0.4}}},
		{name: "shop.example", joined: 400, volume: 9500, weekend: 1.25, modes: mode("enforce"), reporters: []string{google, microsoft, mailru, northmail, harrow},
			mx: []mailHost{{name: "mx.shop.example", share: 1}}},
		{name: "university.test", joined: 366, volume: 6800, weekend: 0.3, modes: mode("testing"), reporters: []string{google, microsoft, northmail, lindqvist, cooperative},
			mx: []mailHost{{name: "mx1.university.test", share: 0.4}, {name: "mx2.university.test", share: 0.4}, {name: "mx3.university.test", share: 0.2}}},
		{name: "lists.example.org", joined: 310, volume: 420, weekend: 0.8, reporters: []string{google, microsoft, northmail},
			mx: []mailHost{{name: "lists.example.org", share: 1}}},
		{name: "harbour.example", joined: 250, removed: 2, volume: 900, weekend: 0.35, modes: mode("enforce"), reporters: []string{google, microsoft, lindqvist},
			mx: []mailHost{{name: "mx.harbour.example", share: 1}}},
		{name: "bakery.example", joined: 280, volume: 1.4, weekend: 0.3, reporters: []string{google, microsoft},
			mx: []mailHost{{name: "mail.bakery.example", share: 1}}},
		{name: "clinic.example", joined: 120, setup: direct, uploads: true, volume: 340, weekend: 0.2, modes: mode("testing"), reporters: []string{google, microsoft},
			mx: []mailHost{{name: "mx.clinic.example", share: 1}}},
		{name: "studio.test", joined: 6, setup: appended, mx: []mailHost{{name: "mail.studio.test", share: 1}}},
		{name: "garden.test", joined: 3, onlyDay: 2, volume: 24, weekend: 1, modes: mode("testing"), reporters: []string{google},
			mx: []mailHost{{name: "mail.garden.test", share: 1}}},
		{name: "launch.example", joined: 0, setup: unpublished, mx: []mailHost{{name: "mx.launch.example", share: 1}}},
	}
}
