package chart

import "strconv"

// pen writes one SVG path in relative commands and whole numbers, which is
// both the shortest form and the one that compresses best.
type pen struct {
	buf  []byte
	x, y int
}

func (p *pen) String() string { return string(p.buf) }

func (p *pen) num(v int) { p.buf = strconv.AppendInt(p.buf, int64(v), 10) }

// pair writes two numbers; a minus sign separates as well as a space does.
func (p *pen) pair(a, b int) {
	p.num(a)
	if b >= 0 {
		p.buf = append(p.buf, ' ')
	}
	p.num(b)
}

func (p *pen) moveTo(x, y int) {
	if len(p.buf) == 0 {
		p.buf = append(p.buf, 'M')
		p.pair(x, y)
	} else {
		p.buf = append(p.buf, 'm')
		p.pair(x-p.x, y-p.y)
	}
	p.x, p.y = x, y
}

func (p *pen) lineTo(x, y int) {
	p.buf = append(p.buf, 'l')
	p.pair(x-p.x, y-p.y)
	p.x, p.y = x, y
}

func (p *pen) acrossTo(x int) {
	if x != p.x {
		p.buf = append(p.buf, 'h')
		p.num(x - p.x)
		p.x = x
	}
}

func (p *pen) downTo(y int) {
	if y != p.y {
		p.buf = append(p.buf, 'v')
		p.num(y - p.y)
		p.y = y
	}
}

// box adds a closed rectangle; the pen ends at its left top corner.
func (p *pen) box(x, y, w, h int) {
	p.moveTo(x, y)
	p.buf = append(p.buf, 'h')
	p.num(w)
	p.buf = append(p.buf, 'v')
	p.num(h)
	p.buf = append(p.buf, 'h')
	p.num(-w)
	p.buf = append(p.buf, 'z')
}
