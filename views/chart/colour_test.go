package chart

import "testing"

func TestColourClass(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"certificate-expired": "fail-1", "certificate-host-mismatch": "fail-2",
		"certificate-not-trusted": "fail-3", "starttls-not-supported": "fail-4",
		"validation-failure": "fail-5", "sts-policy-fetch-error": "fail-6",
		"tlsa-invalid": "fail-rest", "dnssec-invalid": "fail-rest", "dane-required": "fail-rest",
		"sts-policy-invalid": "fail-rest", "sts-webpki-invalid": "fail-rest",
		"": "fail-rest", "something-new": "fail-rest",
	} {
		if got := ColourClass(name); got != want {
			t.Errorf("ColourClass(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestColoursHaveHatchesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[hatch]string{}
	for _, class := range []string{"fail-1", "fail-2", "fail-3", "fail-4", "fail-5", "fail-6", restClass, unexplainedClass} {
		h := hatchFor(class)
		if other, ok := seen[h]; ok {
			t.Errorf("%s and %s are hatched alike", class, other)
		}
		seen[h] = class
	}
}
