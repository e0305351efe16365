package handlers

import (
	"context"
	"fmt"

	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// nameNetworks says beside each network the reverse names of its senders, as
// far as they are known.
func (s *site) nameNetworks(ctx context.Context, d models.Domain, tables []views.Breakdown) error {
	for i := range tables {
		if tables[i].ID != string(ledger.ByNetwork) {
			continue
		}
		names, err := s.namesOf(ctx, d, tables[i].Rows)
		if err != nil {
			return err
		}
		for j, row := range tables[i].Rows {
			tables[i].Rows[j].Detail = sendersNamed(names[row.Label])
		}
	}
	return nil
}

func (s *site) namesOf(ctx context.Context, d models.Domain, rows []views.BreakdownRow) (map[string][]string, error) {
	var networks []string
	for _, r := range rows {
		networks = append(networks, r.Label)
	}
	if len(networks) == 0 {
		return nil, nil
	}
	found, err := s.Store.ReverseNames(ctx, d, networks)
	names := map[string][]string{}
	for _, n := range found {
		names[n.Network] = append(names[n.Network], n.Name)
	}
	return names, err
}

// sendersNamed has room for one name.
func sendersNamed(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
	}
}

// nameAddresses says the reverse name beside each address of a network.
func (s *site) nameAddresses(ctx context.Context, d models.Domain, list *views.Addresses) error {
	if list == nil {
		return nil
	}
	found, err := s.Store.ReverseNames(ctx, d, []string{list.Network})
	names := map[string]string{}
	for _, n := range found {
		names[n.Address] = n.Name
	}
	for i, r := range list.Rows {
		list.Rows[i].Name = names[r.Address]
	}
	return err
}
