package jobs

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/sealpost/sealpost/models"
)

// ReverseNames asks for the names of the addresses that failed to send. It is
// in no hurry: one question after the other, a few a minute, each answer kept
// for days, so that resolvers hardly notice and no page ever waits.
type ReverseNames struct {
	Store *models.Store
	// Lookup asks a configured resolver for the names of an address.
	Lookup func(ctx context.Context, address string) ([]string, error)
	Now    func() time.Time

	after string // the domain to go on from
}

const (
	reverseBatch   = 20 // addresses, and domains, in one run
	reverseTimeout = 5 * time.Second
	reverseClaim   = reverseBatch*reverseTimeout + time.Minute

	// How long an answer holds: a name, that there is none, that nobody answered.
	nameHolds    = 30 * 24 * time.Hour
	noNameHolds  = 7 * 24 * time.Hour
	silenceHolds = time.Hour
)

// Run takes down new addresses of some domains and asks for those that are due.
func (r *ReverseNames) Run(ctx context.Context) error {
	var err error
	if r.after, err = r.Store.NoteAddresses(ctx, r.after, reverseBatch); err != nil {
		return err
	}
	addresses, err := r.Store.ClaimAddresses(ctx, reverseBatch, reverseClaim)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		name, holds := r.ask(ctx, address)
		if ctx.Err() != nil {
			return nil // the claim ends by itself
		}
		if err := r.Store.SaveReverseName(ctx, address, name, r.Now().Add(holds)); err != nil {
			return err
		}
	}
	return r.Store.RemoveOldReverseNames(ctx)
}

// ask gives the name of an address, "" for none, and how long that holds.
func (r *ReverseNames) ask(ctx context.Context, address string) (string, time.Duration) {
	ip, err := netip.ParseAddr(address)
	ip = ip.Unmap()
	if err != nil || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" {
		return "", nameHolds // nobody outside can know it
	}
	ctx, cancel := context.WithTimeout(ctx, reverseTimeout)
	defer cancel()
	names, err := r.Lookup(ctx, ip.String())
	var failure *net.DNSError
	if err != nil && (!errors.As(err, &failure) || failure.IsTemporary || failure.IsTimeout) {
		return "", silenceHolds
	}
	for _, name := range names {
		if name = hostName(name); name != "" {
			return name, nameHolds
		}
	}
	return "", noNameHolds
}

// maxHostName is the longest name of a host (RFC 1035 §3.1), without the dot at its end.
const maxHostName = 253

// hostName is a name as hosts have them, and "" for anything else that the owner
// of an address may have written there.
func hostName(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" || len(name) > maxHostName {
		return ""
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return ""
		}
	}
	return name
}
