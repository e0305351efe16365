package chart

// slot is the width of one day in drawing units. The drawing is stretched to
// the width of the page, so only proportions count.
const slot = 12

// slots lays n days side by side.
type slots struct {
	n   int
	gap int // free units on each side of a bar
}

func newSlots(n int) slots {
	switch {
	case n <= 45:
		return slots{n, 2}
	case n <= 120:
		return slots{n, 1}
	default:
		return slots{n, 0} // bars of a pixel or two: a gap would only flicker
	}
}

func (s slots) width() int       { return max(s.n, 1) * slot }
func (s slots) left(i int) int   { return i*slot + s.gap }
func (s slots) bar() int         { return slot - 2*s.gap }
func (s slots) centre(i int) int { return i*slot + slot/2 }

// percent is the centre of day i in percent of the width.
func (s slots) percent(i int) float64 {
	return float64(s.centre(i)) / float64(s.width()) * 100
}

// bars draws the heights as one outline that stands on the zero line at base;
// negative heights hang below it.
func (s slots) bars(heights []int, base int) string {
	p := pen{buf: make([]byte, 0, 8*len(heights))}
	for i, h := range heights {
		if h == 0 {
			continue
		}
		if len(p.buf) == 0 {
			p.moveTo(s.left(i), base)
		}
		if p.x != s.left(i) {
			p.downTo(base)
			p.acrossTo(s.left(i))
		}
		p.downTo(base - h)
		p.acrossTo(s.left(i) + s.bar())
	}
	if len(p.buf) > 0 {
		p.downTo(base)
	}
	return p.String()
}

// line joins the values that there are and breaks where there is none; a value
// alone between two breaks becomes a dot (a round cap on a line of no length).
func (s slots) line(ys []int, known func(int) bool) string {
	p := pen{buf: make([]byte, 0, 8*len(ys))}
	for i, y := range ys {
		switch {
		case !known(i):
		case i > 0 && known(i-1):
			p.lineTo(s.centre(i), y)
		default:
			p.moveTo(s.centre(i), y)
			if i+1 == len(ys) || !known(i+1) {
				p.buf = append(p.buf, "h0"...)
			}
		}
	}
	return p.String()
}

// runs draws each unbroken run of days as a box of height 1.
func (s slots) runs(in func(int) bool) string {
	var p pen
	for i := 0; i < s.n; i++ {
		if !in(i) {
			continue
		}
		first := i
		for i+1 < s.n && in(i+1) {
			i++
		}
		p.box(first*slot, 0, (i-first+1)*slot, 1)
	}
	return p.String()
}
