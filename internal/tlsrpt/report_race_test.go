//go:build race

package tlsrpt

// raceEnabled: under the race detector pools drop what they are given, so that
// allocations cannot be counted.
const raceEnabled = true
