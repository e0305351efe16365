package demo

import (
	"crypto"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sealpost/sealpost/models"
)

// world is the demo while it happens.
type world struct {
	Options
	today     models.Day
	domains   []domain
	reporters []reporter
	key       crypto.Signer // of all reporters
	books     *ledger

	account    string
	registered map[string]models.Domain // by name, once it is
}

func newWorld(o Options, key crypto.Signer) *world {
	return &world{
		Options: o, today: models.DayOf(o.End), domains: cast(), reporters: reporters(), key: key,
		books: newLedger(), registered: map[string]models.Domain{},
	}
}

// beginning is the first morning.
func (w *world) beginning() time.Time { return w.date(w.Days).Add(7 * time.Hour) }

// date is the midnight that began the day so many days ago.
func (w *world) date(ago int) time.Time { return (w.today - models.Day(ago)).Time() }

// joins is when a domain is registered: one after the other in a morning, the
// newest three hours ago.
func (w *world) joins(i int) time.Time {
	d := w.domains[i]
	if d.joined == 0 {
		return w.End.Add(-3 * time.Hour)
	}
	return w.date(min(d.joined, w.Days)).Add(8*time.Hour + time.Duration(i)*13*time.Minute)
}

// scene sets what a reporter sees of a domain on a day, without sessions yet.
func (w *world) scene(name, identity string, ago int) *scene {
	d := slices.IndexFunc(w.domains, func(d domain) bool { return d.name == name })
	r := slices.IndexFunc(w.reporters, func(r reporter) bool { return r.identity == identity })
	on := w.today - models.Day(ago)
	return &scene{domain: &w.domains[d], reporter: &w.reporters[r], day: on, ago: ago, rnd: chance(name, identity, on)}
}

// about gives the parcels of all reports about a day.
func (w *world) about(ago int) ([]*parcel, error) {
	if ago > w.Days {
		return nil, nil
	}
	var all []*parcel
	for i := range w.domains {
		d := &w.domains[i]
		if !d.sendsReports(ago) {
			continue
		}
		for _, identity := range d.reporters {
			s := w.scene(d.name, identity, ago)
			if s.reporter.since > 0 && ago > s.reporter.since {
				continue
			}
			if s.total = sessions(d, s.reporter, s.day, ago, s.rnd); s.total == 0 || s.forgotten() {
				continue
			}
			parcels, err := w.sends(s)
			if err != nil {
				return nil, err
			}
			all = append(all, parcels...)
		}
	}
	odd, err := w.oddities(ago)
	return append(all, odd...), err
}

// forgotten says that a small reporter was down when its reports were due.
func (s *scene) forgotten() bool {
	return s.reporter.share < 0.1 && s.reporter.since == 0 && s.rnd.IntN(60) == 0
}

// sends gives the parcels with which one report comes in: mostly one.
func (w *world) sends(s *scene) ([]*parcel, error) {
	r, sum := s.report()
	at := s.day.Time().Add(day + s.reporter.arrives(s.rnd))
	if s.domain.uploads {
		p, err := w.upload(s, r, sum, monday(at))
		return []*parcel{p}, err
	}
	p, err := w.pack(s, r, sum, at)
	if err != nil {
		return nil, err
	}
	switch {
	case s.domain.name == "lists.example.org" && s.reporter.identity == google && slices.Contains(bannerDays[:], s.ago):
		return []*parcel{bannered(p)}, nil
	case s.reporter.identity == google && s.rnd.IntN(40) == 0:
		return []*parcel{p, again(p, time.Hour)}, nil
	case s.reporter.identity == northmail && !s.domain.dane && s.total > 20 && s.rnd.IntN(40) == 0:
		return w.revised(s, p)
	}
	return []*parcel{p}, nil
}

// again is the same message once more, as after a lost reply.
func again(p *parcel, later time.Duration) *parcel {
	return &parcel{at: p.at.Add(later), delivery: p.delivery, state: models.DeliveryDuplicate}
}

// revised lets a report of a part of the day go ahead of the whole one.
func (w *world) revised(s *scene, whole *parcel) ([]*parcel, error) {
	first := *s
	first.total = s.total * 3 / 5
	first.rnd = rand.New(rand.NewPCG(uint64(s.day), uint64(s.total))) // #nosec G404 -- the demo is the same every time
	r, sum := first.report()
	early, err := w.pack(&first, r, sum, whole.at.Add(-20*time.Minute))
	return []*parcel{early, whole}, err
}

// monday is the Monday morning after t, when somebody sits down and uploads.
func monday(t time.Time) time.Time {
	midnight := models.DayOf(t).Time()
	wait := (8 - int(midnight.Weekday())) % 7
	if wait == 0 {
		wait = 7
	}
	return midnight.Add(time.Duration(wait)*day + 9*time.Hour + time.Duration(t.Minute())*time.Second)
}
