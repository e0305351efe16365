package chart

// hatch is the pattern that a colour is laid through, so that colour is not
// the only sign. Tile is its size, Turn its angle and D the lines in a tile.
type hatch struct {
	Tile string
	Turn string
	D    string
}

// hatchFor is the pattern of a class of ColourClass and of the other masks.
func hatchFor(class string) hatch {
	switch class {
	case "fail-1", gridMask, "open":
		return hatch{"5", "rotate(45)", "M0 0h2.5v5h-2.5z"}
	case "fail-2":
		return hatch{"5", "rotate(-45)", "M0 0h2.5v5h-2.5z"}
	case "fail-3":
		return hatch{"4", "rotate(0)", "M0 0h4v2h-4z"}
	case "fail-4":
		return hatch{"4", "rotate(0)", "M0 0h2v4h-2z"}
	case "fail-5":
		return hatch{"6", "rotate(45)", "M0 0h2v6h-2zM2 0h4v2h-4z"}
	case "fail-6":
		return hatch{"4", "rotate(45)", "M0 0h2.5v2.5h-2.5z"}
	case restClass:
		return hatch{"8", "rotate(45)", "M0 0h4v8h-4z"}
	default:
		return hatch{"6", "rotate(0)", "M1 1h2v2h-2z"}
	}
}
