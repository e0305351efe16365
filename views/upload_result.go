package views

import "fmt"

// UploadResult says what became of one uploaded file, or of one message in an
// uploaded mailbox file.
type UploadResult struct {
	// File is the name as the browser sent it, with the number of the message.
	File string
	// State is that of the delivery, or "refused" for what was not stored.
	State string
	// Found names the reports in it: "Google, 20 Nov 2026, example.com"; "" for none.
	Found string
	// Reason is the code of a quarantine; Detail the parser's words, the
	// sentence why it was refused, or what of a counted file was left out.
	Reason, Detail string
	// URL of the report; "" when there is none.
	URL string
}

func (u UploadResult) verdict() Verdict {
	switch u.State {
	case "counted":
		return Pass
	case "duplicate", "unverified":
		return Warn
	case "pending":
		return Pending
	default:
		return Fail
	}
}

// sentence says more than the state where that helps.
func (u UploadResult) sentence() string {
	switch u.State {
	case "duplicate":
		return "You have this report already; it counts once."
	case "pending":
		return "Stored, and not read yet. It counts as soon as it is."
	case "quarantined":
		return quarantineSentence(u.Reason)
	default: // why it was refused, or what of it was left out
		return u.Detail
	}
}

// uploadSummary counts the outcomes: "12 stored: 9 counted, 2 duplicates, 1 in
// quarantine."
func uploadSummary(list []UploadResult) string {
	counts := map[string]int{}
	for _, u := range list {
		counts[u.State]++
	}
	text := fmt.Sprintf("%d sent: %d counted", len(list), counts["counted"])
	for _, s := range []struct{ state, words string }{
		{"duplicate", "you had already"}, {"quarantined", "in quarantine"}, {"pending", "not read yet"}, {"unverified", "not counted"}, {"refused", "not stored"},
	} {
		if n := counts[s.state]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, s.words)
		}
	}
	return text + "."
}

func (p ReportsPage) uploadHint() string {
	limit := ""
	if p.UploadLimit != "" {
		limit = ", up to " + p.UploadLimit + " each"
	}
	return ".json, .gz, .zip, .eml and .mbox" + limit + ". A mailbox file may hold many messages. Each report counts for the domain of yours that it names."
}
