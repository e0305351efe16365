package hosted

import "strings"

const selfTestPrefix = "self-test-"

// SelfTestReportID is the report-id of a self-test. Its nonce, which nobody
// else knows, is what the report is known by when it comes in.
func SelfTestReportID(nonce string) string { return selfTestPrefix + nonce }

// ParseSelfTestReportID gives the nonce of a report-id that looks like one of
// a self-test.
func ParseSelfTestReportID(id string) (nonce string, ok bool) {
	nonce, ok = strings.CutPrefix(id, selfTestPrefix)
	return nonce, ok && ValidSecret(nonce)
}
