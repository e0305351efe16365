package nameserver

import (
	"strconv"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Stats is what a server has done since it began to listen.
type Stats struct {
	UDP, TCP  uint64            // queries that were read, by transport
	Queries   map[string]uint64 // answered queries by type, "other" for types this zone never has
	Answers   map[string]uint64 // replies by rcode, such as NOERROR
	Truncated uint64            // replies with TC, without those of the rate limit
	Ignored   uint64            // packets that must not be answered
	Slipped   uint64            // rate limit: empty replies with TC
	Dropped   uint64            // rate limit: no reply
	Failed    uint64            // replies that could not be sent
	Panics    uint64            // defects survived; the log has them

	TCPOpen     int64  // connections now
	TCPAccepted uint64 // connections ever
	TCPEvicted  uint64 // connections closed to make room for newer ones
}

// counters is what one socket counts; a snapshot adds them up.
type counters struct {
	queries   [len(countedTypes)]atomic.Uint64
	answers   [maxRcode]atomic.Uint64
	read      atomic.Uint64
	truncated atomic.Uint64
	ignored   atomic.Uint64
	slipped   atomic.Uint64
	dropped   atomic.Uint64
	failed    atomic.Uint64
	panics    atomic.Uint64
	_         [64]byte // keeps the sockets' counters off each other's cache lines
}

const maxRcode = 24

// countedTypes are the types with a counter; the first stands for all others.
var countedTypes = [...]uint16{0, dns.TypeTXT, dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeSOA, dns.TypeMX, dns.TypeCNAME, dns.TypeANY, dns.TypeDS, dns.TypeDNSKEY, dns.TypeCAA}

func (c *counters) count(q *query, rcode int, truncated bool) {
	i := 0
	for j, t := range countedTypes {
		if t == q.qtype && q.asked > 0 {
			i = j
			break
		}
	}
	c.queries[i].Add(1)
	c.answers[rcode%maxRcode].Add(1)
	if truncated {
		c.truncated.Add(1)
	}
}

func (s *Stats) add(c *counters) {
	for i := range c.queries {
		name := "other"
		if i > 0 {
			name = dns.TypeToString[countedTypes[i]]
		}
		addTo(s.Queries, name, c.queries[i].Load())
	}
	for i := range c.answers {
		name, known := dns.RcodeToString[i]
		switch {
		case i == dns.RcodeBadVers:
			name = "BADVERS"
		case !known:
			name = strconv.Itoa(i)
		}
		addTo(s.Answers, name, c.answers[i].Load())
	}
	s.Truncated += c.truncated.Load()
	s.Ignored += c.ignored.Load()
	s.Slipped += c.slipped.Load()
	s.Dropped += c.dropped.Load()
	s.Failed += c.failed.Load()
	s.Panics += c.panics.Load()
}

func addTo(m map[string]uint64, name string, n uint64) {
	if n > 0 {
		m[name] += n
	}
}
