//go:build !race

package tlsrpt

// raceEnabled is false: allocations can be counted.
const raceEnabled = false
