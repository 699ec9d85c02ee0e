package texts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"

	"visavis/enrolment"
	"visavis/words"
)

//go:embed pages/*.html
var files embed.FS

// pages are the documents by kind and language, each with its layout.
var pages = parse()

func parse() map[string]*template.Template {
	out := map[string]*template.Template{}
	for kind := range versions {
		for _, l := range Languages() {
			name := string(kind) + "." + l.Tag
			t := template.Must(template.ParseFS(files, "pages/layout."+l.Tag+".html"))
			body, err := files.ReadFile("pages/" + name + ".html")
			if err != nil {
				panic(err) // a text of the table lacks its file: this build does not start
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
	Language string // the tag of one of Languages
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

// Languages are those that lawyers wrote the texts in.
func Languages() []words.Language { return words.Having("legal") }

// Of returns the text of a kind in the language of Languages that fits best: in
// English for who reads none of them. The same kind, language and vars give the same
// bytes. An unknown kind gives the zero Text.
func Of(kind enrolment.ConsentKind, language string, vars Vars) Text {
	version, known := versions[kind]
	if !known {
		return Text{}
	}
	all := Languages()
	l := all[words.Choose(all, language)]
	w := words.In(l.Tag)
	title := w.Text("legal.title." + string(kind))
	var out bytes.Buffer
	err := pages[string(kind)+"."+l.Tag].Execute(&out, page{vars, kind, version, title, vars.who(w), vars.issuer(w),
		vars.rows(w)})
	if err != nil {
		panic(err) // a template of ours names what is not there; the tests run all of them
	}
	sum := sha256.Sum256(out.Bytes())
	return Text{kind, version, l.Tag, title, out.Bytes(), hex.EncodeToString(sum[:])}
}
