// Package collector keeps the collector of garbage from working more often than
// a server with little memory in use needs. It imports nothing of ours.
package collector

import "runtime"

// spare is how much more garbage may lie about before it is collected: with
// many small messages the collector took a tenth of the processor.
const spare = 24 << 20

// Spare makes room for garbage until release is called. The collector begins
// when as much again is used as is held; what is held here is never touched, so
// it takes no memory, but counts.
func Spare() (release func()) {
	held := make([]byte, spare)
	return func() { runtime.KeepAlive(held) }
}
