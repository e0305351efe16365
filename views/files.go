package views

// Files are the addresses of a table or chart as files; the zero value leaves
// the links out.
type Files struct {
	// Of names it for who only hears the links: "By reporter".
	Of        string
	CSV, JSON string
}
