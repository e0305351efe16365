package chart

// restClass colours every result type without a colour of its own.
const restClass = "fail-rest"

// unexplainedClass marks failed sessions that no failure detail accounts for.
const unexplainedClass = "fail-unexplained"

// ColourClass is the class that colours a result type, the same in every
// chart, table and legend: "fail-1" to "fail-6" for the six types that reports
// name most, "fail-rest" for the others and for every type that RFC 8460 §4.3
// does not know.
func ColourClass(resultType string) string {
	switch resultType {
	case "certificate-expired":
		return "fail-1"
	case "certificate-host-mismatch":
		return "fail-2"
	case "certificate-not-trusted":
		return "fail-3"
	case "starttls-not-supported":
		return "fail-4"
	case "validation-failure":
		return "fail-5"
	case "sts-policy-fetch-error":
		return "fail-6"
	default:
		// tlsa-invalid, dnssec-invalid, dane-required, sts-policy-invalid,
		// sts-webpki-invalid, and whatever the registry adds.
		return restClass
	}
}
