package assets

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"visavis/words"
)

// PlainPolicy is the Content-Security-Policy of pages that the server makes: no
// script, no style of their own.
const PlainPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// Plain is a page that the server makes itself: it needs no script, and can be
// printed and kept. It is in the language that its title is in; a text of it in
// another language, where one has no words, says so (lang, dir).
type Plain struct {
	Title words.Said
	Badge *words.Said // what must be known of what it shows; nil: nothing
	Text  *words.Said // nil: none
	Facts []Fact
	Links []Link // the first is the main one
}

// Fact is a name and what it is.
type Fact struct {
	Name  words.Said
	Value string
}

// Link leads to another page.
type Link struct {
	To    string
	Words words.Said
}

//go:embed plain.html
var plainSource string

var plainTemplate = template.Must(template.New("plain").Parse(plainSource))

// Brand is the label of the way home.
func (p Plain) Brand() words.Said { return words.In(p.Title.Language.Tag).Say("pages.brand") }

// Other are the attributes of a text in another language than the page's.
func (p Plain) Other(s words.Said) template.HTMLAttr {
	if s.Language.Tag == p.Title.Language.Tag {
		return ""
	}
	//nolint:gosec // both are of the embedded list
	return template.HTMLAttr(fmt.Sprintf(` lang="%s" dir="%s"`, s.Language.Tag, s.Language.Dir))
}

// HTML is the page's bytes.
func (p Plain) HTML() ([]byte, error) {
	var b bytes.Buffer
	if err := plainTemplate.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("plain page: %w", err)
	}
	return b.Bytes(), nil
}

// Serve answers a request with the page. It fails before anything is written.
func (p Plain) Serve(w http.ResponseWriter, r *http.Request, status int) error {
	body, err := p.HTML()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Title.Language.Tag)
	h.Add("Vary", "Accept-Language, Cookie")
	h.Set("Content-Security-Policy", PlainPolicy)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client went away: there is nobody to tell
	}
	return nil
}

// WantsPage tells whether a request is a person's browser going to an address: a
// script, or a program, asks for no HTML.
func WantsPage(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// NotFound is the page of an address that leads nowhere, in a reader's language.
func NotFound(language string) Plain {
	w := words.In(language)
	text := w.Say("pages.not-found.text")
	return Plain{Title: w.Say("pages.not-found.title"), Text: &text, Links: []Link{{"/", w.Say("pages.home")}}}
}

// Failed is the page of an error of ours; reference finds it in the log.
func Failed(language, reference string) Plain {
	w := words.In(language)
	text := w.Say("pages.failed.text", words.Values{"reference": reference})
	return Plain{Title: w.Say("pages.failed.title"), Text: &text, Links: []Link{{"/", w.Say("pages.home")}}}
}

// Refused is the page of what cannot be done, with a sentence that says why.
func Refused(language string, why words.Said) Plain {
	w := words.In(language)
	return Plain{Title: w.Say("pages.refused.title"), Text: &why, Links: []Link{{"/", w.Say("pages.home")}}}
}
