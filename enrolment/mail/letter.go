package mail

import (
	"bytes"
	"embed"
	"fmt"
	html "html/template"
	"slices"
	"strings"
	"text/template"

	"visavis/enrolment/texts"
)

//go:embed letters/*.txt layout.html
var files embed.FS

// deletedLetter tells of a deletion. It is sent by Deleted, when there is no
// enrolment any more that a job could name.
const deletedLetter = "deleted"

// Letters returns the names that a job may have, sorted.
func Letters() []string {
	var out []string
	for name := range letters {
		if base, found := strings.CutSuffix(name, ".fr"); found && base != deletedLetter {
			out = append(out, base)
		}
	}
	slices.Sort(out)
	return out
}

// letters are the letters by name and language: lines "Subject: …", "Action: …"
// (what the link says) and "Place: …" (where it leads, unless to the enrolment), an
// empty line, paragraphs.
var letters = func() map[string]*template.Template {
	all := template.Must(template.ParseFS(files, "letters/*.txt"))
	out := map[string]*template.Template{}
	for _, t := range all.Templates() {
		out[strings.TrimSuffix(t.Name(), ".txt")] = t
	}
	return out
}()

var layout = html.Must(html.ParseFS(files, "layout.html"))

// facts are what a letter may say.
type facts struct {
	Reference string
	Until     string // when the enrolment closes; empty where it does not
	Step      string // what has to be taken again
	Why       string // of a deletion
	Register  bool   // a certificate stays in the register after it
	InPerson  string
	Test      bool
	Texts     []texts.Text
}

// letter is one message in its parts.
type letter struct {
	Language, Subject, Greeting string
	Paragraphs                  []string
	Action, Link                string // empty: no link
	Footer                      []string
}

// read fills a letter's template and takes it apart; place is where it leads.
func read(name, language string, f facts) (l letter, place string, err error) {
	t := letters[name+"."+language]
	if t == nil {
		return l, "", fmt.Errorf("mail: no letter %q", name)
	}
	var out strings.Builder
	if err := t.Execute(&out, f); err != nil {
		return l, "", fmt.Errorf("mail: %w", err)
	}
	head, body, _ := strings.Cut(out.String(), "\n\n")
	l.Language = language
	for line := range strings.Lines(head) {
		field, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch field {
		case "Subject":
			l.Subject = value
		case "Action":
			l.Action = value
		case "Place":
			place = value
		}
	}
	for p := range strings.SplitSeq(body, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			l.Paragraphs = append(l.Paragraphs, p)
		}
	}
	return l, place, nil
}

// text is the letter without HTML.
func (l letter) text() string {
	parts := append([]string{l.Greeting}, l.Paragraphs...)
	if l.Action != "" {
		separator := ": "
		if l.Language == "fr" {
			separator = "\u202f: "
		}
		parts = append(parts, l.Action+separator+"\n"+l.Link)
	}
	return strings.Join(parts, "\n\n") + "\n\n-- \n" + strings.Join(l.Footer, "\n") + "\n"
}

// html is the letter as a page.
func (l letter) html() (string, error) {
	var out bytes.Buffer
	if err := layout.Execute(&out, l); err != nil {
		return "", fmt.Errorf("mail: %w", err)
	}
	return out.String(), nil
}
