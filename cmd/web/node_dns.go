package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
)

// openDNS opens the name server and answers from the snapshot, if there is one.
// The zone is kept on every node: the pages ask it how old it is.
func (n *node) openDNS(ctx context.Context) error {
	content, err := n.config.zoneContent()
	if err != nil {
		return err
	}
	content.TXT = selfTestKey(n.config.names(), n.key)
	n.zone = &jobs.ZoneKeeper{
		Zone: n.config.names(), Content: content, Now: n.config.now, Log: n.log, Serve: func(*nameserver.Zone) {},
	}
	if !n.config.has("dns") {
		return nil
	}
	n.dns, err = nameserver.Listen(ctx, n.config.DNSAddr, nameserver.Options{
		RRL: n.config.DNSRRL, MaxTCP: n.config.Limits.DNSTCPConnections, Log: n.log, CookieSecret: n.cookieSecret(),
	})
	if err != nil {
		return fmt.Errorf("DNS_ADDR: %w", err)
	}
	n.zone.Serve, n.zone.Snapshot, n.zone.Authority = n.serveZone, n.config.snapshotPath(), true
	if _, err := n.zone.Restore(); err != nil {
		n.log.Error("the snapshot of the zone is not used", "error", err)
	}
	return nil
}

// serveZone answers from a zone. Queries wait in their sockets until the first.
func (n *node) serveZone(zone *nameserver.Zone) {
	n.dns.SetZone(zone)
	if n.answering == nil { // the first is set by start or await, which run alone
		n.answering = begin(n.dns.Serve)
	}
}

// cookieSecret makes all nodes of an installation take each other's DNS
// cookies (RFC 9018 §5).
func (n *node) cookieSecret() []byte {
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte("dns-cookies"))
	return mac.Sum(nil)[:16]
}

// snapshotPath is the setting, or a place beside the database.
func (c *config) snapshotPath() string {
	if c.ZoneSnapshot != "" {
		return c.ZoneSnapshot
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		return filepath.Join(filepath.Dir(path), "zone.snapshot")
	}
	return filepath.Join("data", "zone.snapshot")
}

// openDatabase opens the store and brings the zone up to date from it.
func (n *node) openDatabase(ctx context.Context) (err error) {
	if err := n.lock(); err != nil {
		return err
	}
	if n.store == nil {
		if n.store, err = openStore(ctx, n.config); err != nil {
			return err
		}
		n.zone.Store = n.store
	}
	if strings.HasPrefix(n.config.DatabaseURL, "sqlite:") {
		if err := n.store.ReleaseAllClaims(ctx); err != nil {
			return err
		}
	}
	return n.zone.Load(ctx)
}

// lock keeps other processes from serving from the same SQLite file.
func (n *node) lock() (err error) {
	if n.release == nil {
		n.release, err = models.LockForServing(n.config.DatabaseURL)
	}
	return err
}

// canWait says whether the node is of use although the rest could not be opened.
func (n *node) canWait(err error) bool {
	return err != nil && n.answering != nil && n.intake == nil && !errors.Is(err, models.ErrInUse)
}

// databaseRetry is how often a database is tried that could not be opened.
const databaseRetry = time.Second

// await opens what start has left pending, when the database is back. It
// returns nil at once when nothing is pending.
func (n *node) await(ctx context.Context) error {
	told := ""
	for n.pending != nil {
		if why := n.pending.Error(); why != told {
			n.log.Error("the database cannot be opened; DNS is answered from the snapshot, the rest waits", "error", why, "age", n.zone.Age().Round(time.Second))
			told = why
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.answering.ended:
			return n.answering.err
		case <-time.After(databaseRetry):
		}
		err := n.openRest(ctx)
		if err != nil && !n.canWait(err) {
			return err
		}
		n.pending = err
	}
	return nil
}

func (n *node) refreshZone() {
	if err := n.zone.Refresh(context.Background()); err != nil {
		n.log.Error("the zone could not be brought up to date; the next round tries again", "error", err)
	}
}

// zoneMayLag is how old the zone may be before the node is no longer ready.
const zoneMayLag = time.Minute

// health says what keeps the node from serving.
func (n *node) health(ctx context.Context) error {
	if err := n.store.Ping(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if age := n.zone.Age(); age > zoneMayLag {
		return fmt.Errorf("the zone is %s old", age.Round(time.Second))
	}
	return nil
}
