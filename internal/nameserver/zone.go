// Package nameserver is the authoritative server of the zone that customers' CNAME records point
// into. A Zone is an immutable value that answers packets; a Server owns the sockets. The package
// never imports another one of ours, opens no database and asks no other name server.
package nameserver

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// ErrEntry is wrapped by errors about entries that a zone left out.
var ErrEntry = errors.New("entry not served")

// Times of the SOA record. RFC 1912 §2.2 and Zonemaster ZONE02 to ZONE06 give the bounds: refresh at
// least 4 hours and above retry, retry at least 1 hour, expire at least 7 days.
const (
	soaRefresh = 14400
	soaRetry   = 3600
	soaExpire  = 1209600

	defaultTTL         = 3600
	defaultNegativeTTL = 300
)

// Host is a name server or mail host. Addrs are served when Name lies in the zone.
type Host struct {
	Name  string // without final dot
	Addrs []netip.Addr
}

// Config is what a zone serves besides its entries.
type Config struct {
	Origin       string  // name of the zone, without final dot
	NS           []Host  // at least one; the first is the SOA's primary
	MX           []Host  // mail hosts of ReportDomain, most preferred first
	ReportDomain string  // gets the MX records when it lies in the zone; may be empty
	TTL          uint32  // seconds, of everything without a TTL of its own; default 3600
	NegativeTTL  uint32  // seconds a resolver may remember that something is missing; default 300
	TXT          []Entry // beside the domains', such as a DKIM key
	Hostmaster   string  // mailbox or name for the SOA; default hostmaster@ReportDomain, or @Origin
}

// Entry is one hosted TXT record.
type Entry struct {
	Owner string // in the zone, without final dot
	TXT   string // split at 255 octets on the wire
	TTL   uint32 // seconds; 0 is the zone's TTL
}

// Change adds, replaces or removes the TXT record of one owner.
type Change struct {
	Owner   string
	TXT     string
	TTL     uint32
	Removed bool // TXT and TTL do not matter
}

// Zone answers queries for one zone. It never changes: With makes another.
type Zone struct {
	cfg          Config
	origin       string // wire form without the root label
	originLabels int
	serial       uint32
	soa          rrset // answers SOA at the apex
	negative     rrset // goes with NXDOMAIN and NODATA (RFC 2308 §3)
	hosts        map[string][]rrset
	entries      *entries
	skipped      int
	skippedFirst error
}

// NewZone builds a zone. Of two entries with one owner the later counts. An entry that cannot be
// served (see Skipped) does not keep the others from being served; an unusable Config is an error.
func NewZone(cfg Config, serial uint32, all iter.Seq[Entry]) (*Zone, error) {
	z := &Zone{cfg: cfg, serial: serial}
	if err := z.configure(); err != nil {
		return nil, err
	}
	z.entries = newEntries(func(yield func(record) bool) {
		for e := range joined(slices.Values(z.cfg.TXT), all) {
			r, err := z.record(e.Owner, e.TXT, e.TTL)
			if err != nil {
				z.skip(err)
			} else if !yield(r) {
				return
			}
		}
	})
	return z, nil
}

func joined[T any](parts ...iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, part := range parts {
			for v := range part {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// With gives a zone that has the changes, in order, and the serial. It shares what did not change
// with z, so its cost depends on the number of changes and on a small part of the zone's size.
// Changes that cannot be served are left out and counted by Skipped.
func (z *Zone) With(serial uint32, changes []Change) *Zone {
	next := z.WithSerial(serial)
	next.skipped, next.skippedFirst = 0, nil
	records := make([]record, 0, len(changes))
	for _, c := range changes {
		r, err := z.record(c.Owner, c.TXT, c.TTL)
		if err != nil {
			next.skip(err)
			continue
		}
		if c.Removed {
			r.wire = ""
		}
		records = append(records, r)
	}
	next.entries = z.entries.with(records)
	return next
}

// WithSerial is the zone with another serial.
func (z *Zone) WithSerial(serial uint32) *Zone {
	next := *z
	next.serial = serial
	next.startAuthority()
	return &next
}

// Serial is the serial of the SOA record.
func (z *Zone) Serial() uint32 { return z.serial }

// Len is the number of entries.
func (z *Zone) Len() int { return z.entries.count }

// Skipped says how many entries or changes were left out when this zone was made, and why the first
// was: an error that wraps ErrEntry.
func (z *Zone) Skipped() (int, error) { return z.skipped, z.skippedFirst }

func (z *Zone) skip(err error) {
	z.skipped++
	if z.skippedFirst == nil {
		z.skippedFirst = err
	}
}

func (z *Zone) record(owner, text string, ttl uint32) (record, error) {
	wire, err := wireName(owner)
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	below, in := relative(wire, z.origin)
	if !in {
		return record{}, fmt.Errorf("%w: %q is not in %s", ErrEntry, owner, z.cfg.Origin)
	}
	txt, err := txtRecord(cmp.Or(ttl, z.cfg.TTL), text)
	if err != nil {
		return record{}, fmt.Errorf("%w at %q", err, owner)
	}
	return record{name: reversed(below), wire: txt}, nil
}

// configure checks the configuration, fills its defaults and builds the fixed part of the zone.
func (z *Zone) configure() error {
	cfg := &z.cfg
	cfg.NS, cfg.MX = slices.Clone(cfg.NS), slices.Clone(cfg.MX)
	cfg.Origin = strings.ToLower(cfg.Origin)
	cfg.TTL = cmp.Or(cfg.TTL, defaultTTL)
	cfg.NegativeTTL = cmp.Or(cfg.NegativeTTL, defaultNegativeTTL)
	cfg.Hostmaster = cmp.Or(cfg.Hostmaster, "hostmaster@"+cmp.Or(cfg.ReportDomain, cfg.Origin))
	if cfg.Origin == "" || len(cfg.NS) == 0 {
		return errors.New("a zone needs an origin and a name server")
	}
	if cfg.TTL > 1<<31-1 || cfg.NegativeTTL > 1<<31-1 { // RFC 2181 §8
		return errors.New("a TTL is at most 2147483647 seconds")
	}
	var err error
	if z.origin, err = wireName(cfg.Origin); err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	z.originLabels = labelCount(z.origin)
	if err := z.addHosts(); err != nil {
		return err
	}
	if _, err := mailboxName(cfg.Hostmaster); err != nil {
		return fmt.Errorf("hostmaster: %w", err)
	}
	z.startAuthority()
	return nil
}

// addHosts fills z.hosts: the NS set, the MX set, the addresses of the hosts that lie in the zone,
// and the names above all of these.
func (z *Zone) addHosts() error {
	cfg := &z.cfg
	ns, err := hostNames(cfg.NS)
	if err != nil {
		return fmt.Errorf("name server: %w", err)
	}
	mx, err := hostNames(cfg.MX)
	if err != nil {
		return fmt.Errorf("mail host: %w", err)
	}
	report, err := wireName(cfg.ReportDomain)
	if err != nil {
		return fmt.Errorf("report domain: %w", err)
	}
	z.hosts = map[string][]rrset{}
	z.addSets("", nsSet(cfg.TTL, ns, z.origin))
	if below, in := relative(report, z.origin); in && len(mx) > 0 {
		z.addSets(below, mxSet(cfg.TTL, mx, z.origin))
	}
	hosts := slices.Concat(ns, mx)
	slices.Sort(hosts)
	for _, host := range slices.Compact(hosts) {
		if below, in := relative(host, z.origin); in {
			z.addSets(below, addressSets(cfg.TTL, z.addressesOf(host))...)
		}
	}
	return nil
}

func hostNames(hosts []Host) ([]string, error) {
	names := make([]string, 0, len(hosts))
	for _, h := range hosts {
		wire, err := wireName(h.Name)
		if err == nil && wire == "" {
			err = ErrName
		}
		if err != nil {
			return nil, err
		}
		names = append(names, wire)
	}
	return names, nil
}

// addressesOf joins the addresses of a host that is named twice, as NS and as MX.
func (z *Zone) addressesOf(wire string) []netip.Addr {
	var addrs []netip.Addr
	for _, h := range slices.Concat(z.cfg.NS, z.cfg.MX) {
		if w, err := wireName(h.Name); err == nil && w == wire {
			addrs = append(addrs, h.Addrs...)
		}
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap()
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs)
}

// addSets adds to a fixed name and makes the names above it exist.
func (z *Zone) addSets(below string, sets ...rrset) {
	z.hosts[below] = append(z.hosts[below], sets...)
	for below != "" {
		below = below[1+int(below[0]):]
		if _, known := z.hosts[below]; !known {
			z.hosts[below] = nil
		}
	}
}

// startAuthority builds the SOA records. A negative answer may be kept for the lesser of the SOA's
// TTL and its minimum, so its SOA carries that (RFC 2308 §5).
func (z *Zone) startAuthority() {
	s := z.authority()
	z.soa = soaSet(ownerQuestion, z.cfg.TTL, s, z.origin)
	z.negative = soaSet(ownerOrigin, min(z.cfg.TTL, z.cfg.NegativeTTL), s, z.origin)
}

// authority is called when the names are known to be good.
func (z *Zone) authority() soa {
	mname, _ := wireName(z.cfg.NS[0].Name)
	rname, _ := mailboxName(z.cfg.Hostmaster)
	return soa{mname, rname, z.serial, soaRefresh, soaRetry, soaExpire, z.cfg.NegativeTTL}
}

// mailboxName gives the SOA form of a mailbox: its local part is the first label, dots and all
// (RFC 1035 §8). A name without @ stands for itself.
func mailboxName(mailbox string) (string, error) {
	local, domain, found := strings.Cut(mailbox, "@")
	if !found {
		return wireName(mailbox)
	}
	wire, err := wireName(domain)
	if err != nil {
		return "", err
	}
	if local == "" || len(local) > maxLabel || len(local)+len(wire)+2 > maxName || strings.ContainsFunc(local, unprintable) {
		return "", fmt.Errorf("%w: %q", ErrName, mailbox)
	}
	return string(byte(len(local))) + local + wire, nil
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }
