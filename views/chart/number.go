package chart

import (
	"math"
	"strconv"
	"time"
)

// thin is U+202F, the narrow no-break space between groups of digits and
// before a unit.
const thin = "\u202f"

// None is what stands in the place of a number that is not known; the reason
// belongs in the title of the element around it.
const None = "–"

// Number writes a count with thin spaces between thousands: "184 203".
func Number(n int64) string {
	return string(appendNumber(nil, n))
}

func appendNumber(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, "−"...)
		u = -u
	}
	var buf [20]byte
	digits := strconv.AppendUint(buf[:0], u, 10)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			dst = append(dst, thin...)
		}
		dst = append(dst, d)
	}
	return dst
}

// Share writes part of total in percent with one decimal: "0.4 %". A part too
// small to show is "< 0.1 %", one just short of the whole is "> 99.9 %", so
// that "0.0 %" and "100.0 %" are always exact. Without a total it is None.
func Share(part, total int64) string {
	return string(appendShare(nil, part, total))
}

func appendShare(dst []byte, part, total int64) []byte {
	if total <= 0 {
		return append(dst, None...)
	}
	share := float64(part) / float64(total)
	switch {
	case part > 0 && share < 0.001:
		dst = append(dst, "<"+thin+"0.1"...)
	case part < total && share > 0.999:
		dst = append(dst, ">"+thin+"99.9"...)
	default:
		dst = strconv.AppendFloat(dst, math.Floor(share*1000+0.5)/10, 'f', 1, 64)
	}
	return append(dst, thin+"%"...)
}

// Short writes a count for an axis, where room is scarce: "950", "1.2k",
// "25k", "3M". Exact for the round numbers that axes carry.
func Short(n int64) string {
	units := []struct {
		size int64
		name string
	}{{1e18, "E"}, {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}
	for _, u := range units {
		if n >= u.size {
			return strconv.FormatFloat(float64(n)/float64(u.size), 'g', 4, 64) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// Date writes a day as people say it: "12 Nov 2026".
func Date(day time.Time) string { return day.UTC().Format(dateFormat) }

const dateFormat = "2 Jan 2006"
