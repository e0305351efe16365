package chart

// barWidth is part of whole in percent; what is more than nothing is wide
// enough to be seen, and nothing is wider than the whole.
func barWidth(part, whole int64) float64 {
	if part <= 0 || whole <= 0 {
		return 0
	}
	return min(max(float64(part)/float64(whole)*100, 1), 100)
}
