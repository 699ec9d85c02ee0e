package enrolments

import (
	"bytes"
	_ "embed"
	"html/template"
)

// plainPage is a page that the server makes itself: it needs no script, and can be
// printed and kept.
type plainPage struct {
	Language string // "fr" or "en"
	Title    string
	Badge    string // what must be known of it; empty: nothing
	Text     string
	Facts    [][2]string // a name and what it is
	Links    []plainLink // the first is the main one
}

type plainLink struct{ To, Words string }

//go:embed plain.html
var plainSource string

var plainTemplate = template.Must(template.New("plain").Parse(plainSource))

// html is the page's bytes.
func (p plainPage) html() ([]byte, error) {
	var b bytes.Buffer
	err := plainTemplate.Execute(&b, p)
	return b.Bytes(), err
}
