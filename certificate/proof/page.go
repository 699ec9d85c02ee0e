package proof

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"

	"visavis/certificate"
	"visavis/words"
)

var (
	//go:embed page.html.tmpl
	pageSource string
	pageForm   = template.Must(template.New("").Parse(pageSource))
)

type fact struct{ Name, Value string }

// pagePart is the page in one language.
type pagePart struct {
	Tag, Title, Badge        string
	Facts                    []fact
	AnswersTitle, FilesTitle string
	Answers                  []string
	Readme                   string
}

// reader returns the page for people, in each language that the texts are in, one
// behind the other. It links to the files and loads nothing.
func reader(c certificate.Certificate, files []File) ([]byte, error) {
	page := struct {
		Tag, Reference string
		Parts          []pagePart
		Files          []string
	}{Reference: c.Request.Reference}
	for _, l := range words.Having("legal") {
		page.Parts = append(page.Parts, pageIn(c, l.Tag))
	}
	page.Tag = page.Parts[0].Tag
	for _, f := range files {
		page.Files = append(page.Files, f.Name)
	}
	var out bytes.Buffer
	if err := pageForm.Execute(&out, page); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return out.Bytes(), nil
}

func pageIn(c certificate.Certificate, tag string) pagePart {
	say := words.In(tag)
	d := c.Details
	p := pagePart{
		Tag: tag, Title: say.Text("legal.proof.title", nil), Badge: c.Level.Badge(tag), Readme: readmeIn(c, tag),
		AnswersTitle: say.Text("legal.proof.answers", nil), FilesTitle: say.Text("legal.proof.files", nil),
	}
	for _, f := range []fact{
		{"subject", d.Subject}, {"issuer", d.Issuer}, {"level", say.Text("certificate.level."+string(c.Level), nil)},
		{"from", instant(d.NotBefore)}, {"until", instant(d.NotAfter)}, {"serial", d.Serial}, {"fingerprint", d.Fingerprint},
	} {
		p.Facts = append(p.Facts, fact{say.Text("certificate."+f.Name, nil), f.Value})
	}
	for _, a := range c.Request.Agreements {
		answer := "legal.proof.no"
		if a.Yes {
			answer = "legal.proof.yes"
		}
		p.Answers = append(p.Answers, say.Text(answer, words.Values{
			"text": say.Text("legal.title."+a.Kind, nil), "version": a.Version, "at": instant(a.At),
		}))
	}
	return p
}

// instant is a time as every language reads it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
