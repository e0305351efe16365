package chart

import "math"

// scale maps 0..top to the height of a panel. Steps divide top evenly and are
// round numbers; a scale always starts at zero.
type scale struct {
	top   float64
	steps int
}

// countScale fits whole numbers up to max with two to most steps, taking the
// lowest top, and of equal tops the one with more steps.
func countScale(max int64, most int) scale {
	best := scale{top: math.Inf(1)}
	for steps := 2; steps <= most; steps++ {
		step := niceStep(float64(max)/float64(steps), true)
		if top := step * float64(steps); top <= best.top {
			best = scale{top, steps}
		}
	}
	return best
}

// shareScale fits shares up to max (0..1) in the given number of steps, so
// that it can lie on the grid lines of a count scale.
func shareScale(max float64, steps int) scale {
	percent := niceStep(max*100/float64(steps), false)
	return scale{percent * float64(steps) / 100, steps}
}

// niceStep is the smallest of 1, 2, 2.5, 5 times a power of ten that is at
// least x; for counts it is a whole number. The smallest share step is 0.05 %.
func niceStep(x float64, whole bool) float64 {
	least := 0.05
	if whole {
		least = 1
	}
	if x <= least {
		return least
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		step := m * power
		if step >= x*(1-1e-9) && (!whole || step == math.Trunc(step)) {
			return step
		}
	}
	return 10 * power
}

// height is where v stands above the zero line in units of a panel that is
// high units high. What is more than nothing stays visible: at least least.
func (s scale) height(v float64, high, least int) int {
	if v <= 0 {
		return 0
	}
	h := int(math.Round(v / s.top * float64(high)))
	return min(max(h, least), high)
}
