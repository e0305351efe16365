package chart

import "strconv"

// pen writes one SVG path in relative commands and whole numbers, which is
// both the shortest form and the one that compresses best.
type pen struct {
	buf  []byte
	x, y int
}

func (p *pen) String() string { return string(p.buf) }

// pair writes a command with two numbers; a minus sign separates as well as a
// space does.
func (p *pen) pair(command byte, first, second int) {
	b := append(p.buf, command)
	b = strconv.AppendInt(b, int64(first), 10)
	if second >= 0 {
		b = append(b, ' ')
	}
	p.buf = strconv.AppendInt(b, int64(second), 10)
}

func (p *pen) one(command byte, n int) {
	p.buf = strconv.AppendInt(append(p.buf, command), int64(n), 10)
}

func (p *pen) moveTo(x, y int) {
	if len(p.buf) == 0 {
		p.pair('M', x, y)
	} else {
		p.pair('m', x-p.x, y-p.y)
	}
	p.x, p.y = x, y
}

func (p *pen) lineTo(x, y int) {
	p.pair('l', x-p.x, y-p.y)
	p.x, p.y = x, y
}

func (p *pen) acrossTo(x int) {
	if x != p.x {
		p.one('h', x-p.x)
		p.x = x
	}
}

func (p *pen) downTo(y int) {
	if y != p.y {
		p.one('v', y-p.y)
		p.y = y
	}
}

// box adds a closed rectangle; the pen ends at its left top corner. Charts are
// mostly boxes: it appends to a local slice, which spares the write barriers
// of a field.
func (p *pen) box(x, y, w, h int) {
	p.moveTo(x, y)
	b := append(p.buf, 'h')
	b = strconv.AppendInt(b, int64(w), 10)
	b = append(b, 'v')
	b = strconv.AppendInt(b, int64(h), 10)
	b = append(b, 'h')
	b = strconv.AppendInt(b, int64(-w), 10)
	p.buf = append(b, 'z')
}
