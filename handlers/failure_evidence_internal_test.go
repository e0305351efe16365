package handlers

import (
	"testing"

	"github.com/sealpost/sealpost/models"
)

// Whose side a failure looks like follows what its result type speaks of.
func TestWhoseOverAllFollowsTheKind(t *testing.T) {
	t.Parallel()
	two := models.JSONList[string]{"a.example", "b.example"}
	for _, c := range []struct {
		result, mx string
		domains    int64
		want       string
	}{
		{"certificate-expired", "mx.example.com", 1, "It looks like the server mx.example.com."},
		{"certificate-expired", "mx.example.com", 3, "It looks like the server mx.example.com, which these domains share."},
		{"tlsa-invalid", "mx.example.com", 1, "It looks like the DNS records of mx.example.com."},
		{"sts-policy-fetch-error", "mx.example.com", 3, "It looks like the web host of the MTA-STS policy."},
		{"sts-policy-invalid", "", 1, "It looks like the web host of the MTA-STS policy."},
		{"dane-required", "mx.example.com", 1, "It follows from a setting of the sender."},
		{"certificate-expired", "", 1, "The reports do not tell whose side it is."},
	} {
		p := models.AccountProblem{
			ProblemKey: models.ProblemKey{ResultType: c.result, ReceivingMX: c.mx}, Domains: c.domains,
			Examples: []models.ProblemExample{{Name: "example.com", Reporters: 2, ReporterList: two}},
		}
		if got, _ := whoseOverAll(p); got != c.want {
			t.Errorf("%s at %q: %q, want %q", c.result, c.mx, got, c.want)
		}
	}
}
