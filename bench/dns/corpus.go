package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"github.com/sealpost/sealpost/internal/nameserver"
)

const origin = "tls.sealpost.test"

var content = nameserver.Config{
	Origin: origin, ReportDomain: "rpt." + origin,
	NS: []nameserver.Host{{Name: "ns1." + origin, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}, {Name: "ns2." + origin, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.2")}}},
	MX: []nameserver.Host{{Name: "mx1." + origin, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.3")}}},
}

// entry is what the n-th customer has in the zone.
func entry(n int) nameserver.Entry {
	token := fmt.Sprintf("%012x", uint64(n)*0x9E3779B97F4A7C15>>16)
	return nameserver.Entry{
		Owner: fmt.Sprintf("customer%d.example._smtp._tls.%s.%s", n, token, origin),
		TXT:   fmt.Sprintf("v=TLSRPTv1; rua=mailto:%s@rpt.%s", token, origin),
	}
}

// writeCorpus writes the zone and the queries, which are the same at every run.
func writeCorpus(zoneFile, queryFile string, names, unknown int) error {
	zone, err := nameserver.NewZone(content, 1, func(yield func(nameserver.Entry) bool) {
		for n := range names {
			if !yield(entry(n)) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	file, err := os.Create(zoneFile)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := zone.WriteTo(file); err != nil {
		return err
	}
	return writeQueries(queryFile, names, unknown)
}

func writeQueries(path string, names, unknown int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	random := rand.New(rand.NewPCG(1, 2))
	for range min(names, 200_000) {
		owner := entry(random.IntN(names)).Owner
		if random.IntN(100) < unknown {
			owner = "x" + owner
		}
		fmt.Fprintf(out, "%s TXT\n", owner)
	}
	return out.Flush()
}

func signalContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
}
