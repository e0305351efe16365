package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
)

// ReverseName is the name that DNS gives to an address which failure details
// of a domain name.
type ReverseName struct {
	DomainID  string `gorm:"primaryKey"`
	Address   string `gorm:"primaryKey"`
	AccountID string
	Network   string
	Name      string // "" while it is not known, and where there is none
	LastDay   Day    // of a report that names the address
	AskAt     time.Time
}

// reverseDays is how many days back addresses are looked for, and ReverseKept how
// many days a name is kept after the last report that names its address.
const (
	reverseDays = 3
	ReverseKept = 90
)

// AddressesOfDomain is how many addresses of one domain are taken down at once.
const AddressesOfDomain = 100

// NoteAddresses takes down the addresses that recent failure details of some
// domains name, of those whose ids come after one, and gives the id to go on
// from; "" after the last. It reads a few domains at a time.
func (s *Store) NoteAddresses(ctx context.Context, after string, domains int) (next string, err error) {
	ctx = asSystem(ctx)
	since := DayOf(s.now()) - reverseDays
	var ids []string
	err = s.reader(ctx).Raw("SELECT DISTINCT domain_id FROM domain_problems WHERE domain_id > ? AND last_day >= ? ORDER BY domain_id LIMIT ?", after, since, domains).Scan(&ids).Error
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if err := s.noteAddresses(ctx, id, since); err != nil {
			return "", err
		}
	}
	if len(ids) < domains {
		return "", nil
	}
	return ids[len(ids)-1], nil
}

func (s *Store) noteAddresses(ctx context.Context, domainID string, since Day) error {
	var seen []ReverseName
	err := s.reader(ctx).Raw(`SELECT r.domain_id, r.account_id, f.sending_mta_ip AS address, f.sending_network AS network, MAX(r.day) AS last_day
		FROM reports r CROSS JOIN failure_details f
		WHERE r.domain_id = ? AND r.day >= ? AND r.standing = ? AND f.domain_id = r.domain_id AND f.report_id = r.id AND f.sending_mta_ip <> ''
		AND NOT EXISTS (SELECT 1 FROM reverse_names n WHERE n.domain_id = r.domain_id AND n.address = f.sending_mta_ip AND n.last_day >= r.day)
		GROUP BY r.domain_id, r.account_id, f.sending_mta_ip, f.sending_network LIMIT ?`, domainID, since, Counted, AddressesOfDomain).Scan(&seen).Error
	if err != nil || len(seen) == 0 {
		return err
	}
	return s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		for _, n := range seen {
			err := tx.Exec(`INSERT INTO reverse_names (domain_id, address, account_id, network, name, last_day, ask_at) VALUES (?, ?, ?, ?, '', ?, ?)
				ON CONFLICT (domain_id, address) DO UPDATE SET last_day = excluded.last_day`,
				n.DomainID, n.Address, n.AccountID, n.Network, n.LastDay, now).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ClaimAddresses takes addresses whose names are due to be asked for; nobody
// else gets them for a while.
func (s *Store) ClaimAddresses(ctx context.Context, most int, life time.Duration) ([]string, error) {
	var addresses []string
	err := s.inTx(asSystem(ctx), func(tx *gorm.DB, now time.Time) error {
		err := tx.Raw("SELECT address FROM reverse_names WHERE ask_at <= ? GROUP BY address ORDER BY MIN(ask_at), address LIMIT ?", now, most).Scan(&addresses).Error
		if err != nil || len(addresses) == 0 {
			return err
		}
		return tx.Exec("UPDATE reverse_names SET ask_at = ? WHERE address IN ? AND ask_at <= ?", now.Add(life), addresses, now).Error
	})
	return addresses, err
}

// SaveReverseName stores the name of an address for all domains that have it,
// "" for none, and when it is to be asked for again.
func (s *Store) SaveReverseName(ctx context.Context, address, name string, again time.Time) error {
	return s.write.WithContext(asSystem(ctx)).Exec("UPDATE reverse_names SET name = ?, ask_at = ? WHERE address = ?", storable(name), again.UTC(), address).Error
}

// RemoveOldReverseNames forgets addresses that no report has named since a day.
func (s *Store) RemoveOldReverseNames(ctx context.Context) error {
	return s.write.WithContext(asSystem(ctx)).Exec("DELETE FROM reverse_names WHERE last_day < ?", DayOf(s.now())-ReverseKept).Error
}

// reverseRows bounds the names of one page.
const reverseRows = 1000

// ReverseNames lists the known names of the addresses of some networks of a
// domain, by network and address.
func (s *Store) ReverseNames(ctx context.Context, d Domain, networks []string) ([]ReverseName, error) {
	if len(networks) == 0 {
		return nil, nil
	}
	list, args := idsIn(networks)
	args = slices.Concat([]any{d.ID, d.AccountID}, args, []any{reverseRows})
	var names []ReverseName
	err := s.asking(ctx).each(ctx, `SELECT address, network, name FROM reverse_names
		WHERE domain_id = ? AND account_id = ? AND name <> '' AND network IN `+list+" ORDER BY network, address LIMIT ?", args, func(scan func(...any) error) error {
		n := ReverseName{DomainID: d.ID, AccountID: d.AccountID}
		err := scan(&n.Address, &n.Network, &n.Name)
		names = append(names, n)
		return err
	})
	return names, err
}
