package handlers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// uploadPatience is how long an answer waits for its files to be read. What
// takes longer is shown as pending.
const uploadPatience = 5 * time.Second

// uploadResults waits a while for the files to be read and says what became of
// each.
func (s *site) uploadResults(ctx context.Context, accountID string, uploads []upload) ([]views.UploadResult, error) {
	end := time.Now().Add(uploadPatience)
	names := map[string]string{}
	results := make([]views.UploadResult, len(uploads))
	for i, u := range uploads {
		if u.refused != "" {
			results[i] = views.UploadResult{State: "refused", Detail: u.refused}
		} else {
			d, err := s.Intake.Outcome(ctx, accountID, u.id, max(time.Until(end), 0))
			if err != nil {
				return nil, err
			}
			if results[i], err = s.uploadResult(ctx, d, names); err != nil {
				return nil, err
			}
		}
		results[i].File = domainname.Show(u.name)
	}
	return results, nil
}

// uploadResult says what one delivery has brought. names remembers the domains
// by their id.
func (s *site) uploadResult(ctx context.Context, d models.Delivery, names map[string]string) (views.UploadResult, error) {
	result := views.UploadResult{State: string(d.State), Reason: d.Reason, Detail: d.Detail}
	if d.State == models.DeliveryPending {
		return result, nil
	}
	reports, err := s.Store.ReportsOfDelivery(ctx, d.AccountID, d.ID)
	if err != nil {
		return result, err
	}
	if len(reports) == 0 {
		result.Found = reporterName(d.Reporter)
		return result, nil
	}
	r := reports[0]
	name, err := s.domainName(ctx, r.DomainID, names)
	if err != nil {
		return result, err
	}
	result.URL = "/reports/" + r.ID
	result.Found = fmt.Sprintf("%s, %s, %s", reporterName(r.Reporter), r.Day, name)
	if more := len(reports) - 1; more > 0 {
		result.Found += fmt.Sprintf(", and %d more", more)
	}
	return result, nil
}

func (s *site) domainName(ctx context.Context, id string, known map[string]string) (string, error) {
	if name, ok := known[id]; ok {
		return name, nil
	}
	d, err := s.Store.DomainByID(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return "a domain that has been removed", nil
	}
	known[id] = d.Name
	return d.Name, err
}
