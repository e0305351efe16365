package main

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
)

// txtLookup finds TXT records through the configured resolvers, taking turns
// among them, so that a try after a failure asks another one.
func txtLookup(resolvers []string) func(ctx context.Context, name string) ([]string, error) {
	r := resolver(resolvers)
	return func(ctx context.Context, name string) ([]string, error) {
		return r.LookupTXT(ctx, strings.TrimSuffix(name, ".")+".")
	}
}

func resolver(resolvers []string) *net.Resolver {
	var turn atomic.Uint32
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, resolvers[int(turn.Add(1)-1)%len(resolvers)])
		},
	}
}
