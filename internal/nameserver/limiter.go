package nameserver

import (
	"crypto/rand"
	"net/netip"
	"sync/atomic"
	"time"
)

// limiter bounds the answers that one address prefix draws over UDP, so that a forged source address
// does not turn this server into somebody's flood. A prefix above its rate gets nothing whole: every
// third reply is an empty one with TC set, by which a real client comes back over TCP, and the rest
// is dropped. With every second one the credit at the start would make it more than half of a flood
// that is answered. The rate counts what is asked, not what is answered, so the bar stays down for as long
// as the flood lasts.
//
// Memory is fixed. Prefixes share buckets only when a keyed hash says so, and a full set of buckets
// gives up the one that is nearest to being full of credit.
type limiter struct {
	key     [16]byte
	cost    int64 // microseconds that one answer uses up
	start   time.Time
	buckets [limiterSets][limiterWays]atomic.Uint64
}

const (
	limiterSets = 1 << 13
	limiterWays = 4

	// A bucket is a tag of the prefix, how many replies in a row were dropped, and the time in
	// microseconds at which the prefix has its full credit again.
	bucketTime    = 1<<bucketDropped - 1
	bucketDropped = 50
	bucketTag     = 52

	slipEvery = 3 // of the replies above the rate; at most 4

	limiterBurst   = 1_000_000 // microseconds of credit: one second's answers at once
	limiterPenalty = 2_000_000 // how long after a flood until the credit begins to come back
)

type verdict uint8

const (
	pass verdict = iota
	slip
	drop
)

// newLimiter allows rate answers per second and prefix.
func newLimiter(rate int, now time.Time) *limiter {
	l := &limiter{cost: max(1, limiterBurst/int64(rate)), start: now}
	rand.Read(l.key[:])
	return l
}

// check counts one query.
func (l *limiter) check(client netip.Addr, now time.Time) verdict {
	prefix := prefixOf(client)
	hash := sipHash(l.key[:], prefix[:])
	at := max(0, now.Sub(l.start).Microseconds())
	bucket := l.bucket(hash, at)
	for {
		old := bucket.Load()
		dropped := old >> bucketDropped & (1<<(bucketTag-bucketDropped) - 1)
		full := int64(old & bucketTime)
		if old>>bucketTag != hash>>bucketTag || full < at {
			full, dropped = at, 0
		}
		full = min(full+l.cost, at+limiterBurst+limiterPenalty)
		result := pass
		switch {
		case full <= at+limiterBurst:
		case dropped == slipEvery-1:
			result, dropped = slip, 0
		default:
			result, dropped = drop, dropped+1
		}
		if bucket.CompareAndSwap(old, hash>>bucketTag<<bucketTag|dropped<<bucketDropped|uint64(full)&bucketTime) {
			return result
		}
	}
}

// bucket finds the bucket of a prefix, or the one to give up for it.
func (l *limiter) bucket(hash uint64, at int64) *atomic.Uint64 {
	set := &l.buckets[hash%limiterSets]
	victim := &set[0]
	least := uint64(bucketTime)
	for i := range set {
		v := set[i].Load()
		if v>>bucketTag == hash>>bucketTag {
			return &set[i]
		}
		if v&bucketTime < least {
			victim, least = &set[i], v&bucketTime
		}
	}
	return victim
}

// prefixOf is what counts as one client: an IPv4 /24 or an IPv6 /64.
func prefixOf(client netip.Addr) [9]byte {
	var out [9]byte
	if client = client.Unmap(); client.Is4() {
		ip := client.As4()
		copy(out[:], ip[:3])
	} else {
		ip := client.As16()
		copy(out[:], ip[:8])
		out[8] = 6
	}
	return out
}
