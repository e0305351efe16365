package views

// GeneratePage is "/tools/generate": the record generator.
type GeneratePage struct {
	Frame
	// Typed is the text of the field, one destination a line. Domain is what
	// stands in the other field, DomainError why it cannot be used.
	Typed, Domain, DomainError string
	// Destinations are the lines that are not empty, as they will stand in the
	// record: mailto first.
	Destinations []DestinationRow
	// TooMany says why not all lines were read; "" when they were.
	TooMany string
	// Record is the text of the record, "" while there is nothing to write.
	Record string
	// Strings is Record as character-strings of at most 255 bytes.
	Strings []string
	// Name is the domain to write the record for: the one given, or an example.
	Name    string
	Senders []SenderRow
}

// DestinationRow is one line that was typed, with what became of it.
type DestinationRow struct {
	Typed string
	// URI is how it stands in the record, "" when it cannot.
	URI     string
	Verdict Verdict
	Text    string
}

func (p GeneratePage) snippet() snippet {
	return snippet{Host: recordLabel, Zone: p.Name, Type: "TXT", TTL: 3600, Strings: p.Strings}
}

// leftOut is how many lines the record does not have.
func (p GeneratePage) leftOut() int {
	n := 0
	for _, d := range p.Destinations {
		if d.URI == "" {
			n++
		}
	}
	return n
}

// cnameLine shows the form of the CNAME, without a token.
func (p GeneratePage) cnameLine() string {
	return recordLabel + "." + p.Name + ". CNAME " + p.Name + "." + recordLabel + ".<your token>.…"
}
