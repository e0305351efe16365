package nameserver

import "strings"

// pieceSize is how much memory a packer asks for at once.
const pieceSize = 1 << 16

// packer puts the octets of many records one behind the other. Name and answer are then found
// together, and a million names take a few thousand pieces of memory instead of two million.
type packer struct{ piece strings.Builder }

// pack gives the record with its octets moved.
func (p *packer) pack(r record) record {
	n := len(r.name) + len(r.wire)
	if p.piece.Cap()-p.piece.Len() < n {
		p.piece.Reset() // what was packed keeps the old piece
		p.piece.Grow(max(pieceSize, n))
	}
	start := p.piece.Len()
	p.piece.WriteString(r.name)
	p.piece.WriteString(r.wire)
	all := p.piece.String()[start:]
	return record{name: all[:len(r.name)], wire: all[len(r.name):]}
}
