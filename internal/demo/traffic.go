package demo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sealpost/sealpost/models"
)

// chance is the randomness of one reporter's report about one domain and day.
// It depends on nothing else, so that every run tells the same of that day.
func chance(d, reporter string, on models.Day) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(d + " " + reporter))
	return rand.New(rand.NewPCG(h.Sum64(), uint64(on))) // #nosec G404 -- the demo is the same every time
}

// sessions is how many sessions r had with d on a day.
func sessions(d *domain, r *reporter, on models.Day, ago int, rnd *rand.Rand) int64 {
	mean := d.volume * r.share * growth(ago) * weekday(d, on)
	if mean > 50 && rnd.IntN(90) == 0 {
		mean *= 2.2 // a campaign, a holiday's aftermath
	}
	return rounded(mean*math.Exp(0.13*rnd.NormFloat64()), rnd)
}

// growth is how much of today's traffic there was then.
func growth(ago int) float64 {
	return 1 - 0.4*float64(ago)/Days + 0.06*math.Sin(float64(ago)/58)
}

func weekday(d *domain, on models.Day) float64 {
	switch on.Time().Weekday() {
	case time.Saturday:
		return d.weekend
	case time.Sunday:
		return d.weekend * 0.85
	case time.Friday:
		return 0.9
	default:
		return 1
	}
}

// rounded rounds by chance, so that a little mail makes days without any.
func rounded(mean float64, rnd *rand.Rand) int64 {
	return int64(mean + rnd.Float64())
}
