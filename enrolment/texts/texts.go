package texts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"

	"visavis/enrolment"
)

//go:embed pages/*.html
var files embed.FS

// pages are the documents by kind and language, each with its layout.
var pages = parse()

func parse() map[string]*template.Template {
	out := map[string]*template.Template{}
	for kind := range documents {
		for _, language := range []string{"fr", "en"} {
			name := string(kind) + "." + language
			t := template.Must(template.ParseFS(files, "pages/layout."+language+".html"))
			body, err := files.ReadFile("pages/" + name + ".html")
			if err != nil {
				panic(err) // a document of the table without its file: no build of ours starts
			}
			template.Must(t.New("body").Parse(string(body)))
			out[name] = t
		}
	}
	return out
}

// Text is one document, as it is shown.
type Text struct {
	Kind     enrolment.ConsentKind
	Version  string
	Language string // "fr" or "en"
	Title    string
	HTML     []byte // the whole page, UTF-8
	Hash     string // SHA-256 of HTML, hex
}

// page is what a template sees.
type page struct {
	Vars
	Kind                        enrolment.ConsentKind
	Version, Title, Who, Issuer string
	Rows                        []row
}

// Of returns the text of a kind in a language ("en"; else French). The same kind,
// language and vars give the same bytes. An unknown kind gives the zero Text.
func Of(kind enrolment.ConsentKind, language string, vars Vars) Text {
	d, known := documents[kind]
	if !known {
		return Text{}
	}
	title := d.english
	if language != "en" {
		language, title = "fr", d.french
	}
	var out bytes.Buffer
	err := pages[string(kind)+"."+language].Execute(&out, page{vars, kind, d.version, title, vars.who(language), vars.issuer(language), vars.rows(language)})
	if err != nil {
		panic(err) // a template of ours names what is not there; the tests run all of them
	}
	sum := sha256.Sum256(out.Bytes())
	return Text{kind, d.version, language, title, out.Bytes(), hex.EncodeToString(sum[:])}
}
