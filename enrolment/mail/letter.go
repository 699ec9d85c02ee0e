package mail

import (
	"bytes"
	"embed"
	"fmt"
	html "html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"visavis/enrolment/texts"
	"visavis/words"
)

//go:embed layout.html
var files embed.FS

var layout = html.Must(html.ParseFS(files, "layout.html"))

// deletedLetter tells of a deletion. It is sent by Deleted, when there is no
// enrolment any more that a job could name.
const deletedLetter = "deleted"

// addressLetter asks whether an address is its applicant's: the only one that goes to
// an address before that is known.
const addressLetter = "confirm-address"

// Letters returns the names that a job may have, sorted.
func Letters() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(forms)),
		func(name string) bool { return name == deletedLetter || forms[name].ofSite })
}

// inPersonLetter says where the other way is, noVisitLetter that its reader comes no more.
const (
	inPersonLetter = "in-person"
	noVisitLetter  = "visit-cancelled"
)

// form is what a letter is made of, in any language. Its sentences are in the
// catalogue "letters", under letters.NAME: subject, action (what the link says) and
// those that paragraphs names.
type form struct {
	noLink bool
	ofSite bool   // it is about a site's link or endpoint, see MailSite
	place  string // where the link leads; empty: to the enrolment
	// paragraphs are lists of sentences. Empty sentences are left out, and paragraphs
	// without one.
	paragraphs func(f facts) [][]string
}

// signaturePage has the person's certificates.
const signaturePage = "/signature"

// addressPage confirms an address; what its link carries follows it as a fragment.
const addressPage = "/address"

var forms = map[string]form{
	"accepted": {paragraphs: func(f facts) [][]string { return [][]string{{f.say("body")}, {f.until("letters.until")}} }},
	"again": {paragraphs: func(f facts) [][]string {
		return [][]string{{f.sayOr("other", stepNames[f.Step]), f.say("body")}, {f.until("letters.until")}}
	}},
	"capture-link": {paragraphs: func(f facts) [][]string {
		return [][]string{{f.say("body")}, {f.until("letters.capture-link.until")}}
	}},
	"certificate-expiring": {place: signaturePage, paragraphs: func(f facts) [][]string { return [][]string{{f.say("body")}} }},
	addressLetter: {place: addressPage, paragraphs: func(f facts) [][]string {
		return [][]string{{f.say("body")}, {f.say("digits", words.Values{"digits": f.Digits}), f.say("until")},
			{f.say("unasked")}}
	}},
	deletedLetter: {noLink: true, paragraphs: func(f facts) [][]string {
		opening := []string{f.sayOr("other", f.Why), f.say("body")}
		if f.Register {
			return [][]string{opening, {f.say("register")}, {f.say("receipt")}}
		}
		return [][]string{append(opening, f.say("address")), {f.say("receipt")}}
	}},
	"endpoint-failing": {ofSite: true, noLink: true, paragraphs: func(f facts) [][]string {
		return [][]string{
			{f.say("body", words.Values{"site": f.Site.Name, "url": f.Site.URL, "date": f.words.Moment(f.Site.Since)})},
			{f.sayOf("problem", words.Values{"problem": f.Site.Problem})},
			{f.say("next", words.Values{"endpoint": f.Site.Endpoint})},
		}
	}},
	"signing": {ofSite: true, paragraphs: func(f facts) [][]string {
		site := words.Values{"site": f.Site.Name}
		return [][]string{{f.say("body", site), f.say("digits", site)}, {f.until("letters.site-link.until")},
			{f.say("unasked", site)}}
	}},
	"site-link": {ofSite: true, paragraphs: func(f facts) [][]string {
		site := words.Values{"site": f.Site.Name}
		return [][]string{{f.say("body", site), f.say("browser")}, {f.until("letters.site-link.until")},
			{f.say("unasked", site)}}
	}},
	"expiring": {paragraphs: func(f facts) [][]string {
		return [][]string{{f.say("body"), f.until("letters.expiring.until")}, {f.say("unwanted")}}
	}},
	inPersonLetter: {paragraphs: func(f facts) [][]string {
		visit, how := f.InPerson, f.say("body")
		if visit.Place != "" {
			how = f.say("place", words.Values{"place": visit.Place})
		}
		calendar, hours, until := "", visit.Hours, f.until("letters.in-person.until")
		if f.Calendar {
			calendar = f.say("calendar")
		}
		var booked []string
		switch {
		case !f.Appointment.IsZero():
			at := words.Values{"date": f.words.Moment(f.Appointment)}
			booked = []string{f.say("appointment", at), f.say("appointment.change")}
			hours, until = "", ""
			if f.Calendar {
				calendar = f.say("appointment.calendar")
			}
		case f.Booking:
			booked = []string{f.say("appointment.choose")}
		}
		return [][]string{
			{how, f.say("bring", words.Values{"reference": f.Reference})}, booked,
			{f.sayOf("hours", words.Values{"hours": hours})}, {f.sayOf("directions", words.Values{"directions": visit.Directions})},
			{f.sayOf("also", words.Values{"bring": visit.Bring})}, {until, calendar, f.say("remote")},
		}
	}},
	"issued": {place: signaturePage, paragraphs: func(f facts) [][]string {
		what := []string{f.say("body")}
		if f.Test {
			what = append(what, f.say("test"))
		}
		return [][]string{what, {f.say("revoke")}}
	}},
	noVisitLetter: {paragraphs: func(f facts) [][]string {
		calendar := ""
		if f.Calendar {
			calendar = f.say("calendar")
		}
		return [][]string{{f.say("body"), calendar}}
	}},
	"received": {paragraphs: func(f facts) [][]string { return [][]string{{f.say("body")}} }},
	"refused":  {paragraphs: func(f facts) [][]string { return [][]string{{f.say("body")}} }},
	"revoked": {place: signaturePage, paragraphs: func(f facts) [][]string {
		return [][]string{{f.say("body")}, {f.say("unasked")}}
	}},
	"terms": {paragraphs: func(f facts) [][]string {
		out := [][]string{{f.say("body")}}
		for _, t := range f.Texts {
			out = append(out, []string{f.say("text", words.Values{"title": t.Title, "version": t.Version})})
		}
		if len(f.Texts) > 0 && f.Texts[0].Language != f.words.Language().Tag {
			out = append(out, []string{f.say("language")})
		}
		return out
	}},
}

// stepNames are the keys of what has to be taken again, by step.
var stepNames = map[string]string{
	"document-front": "front", "document-back": "back", "front": "front", "back": "back", "selfie": "selfie",
}

// facts are what a letter may say.
type facts struct {
	name      string // of the letter
	words     words.Words
	Reference string
	Until     time.Time // when the enrolment closes; zero where it does not
	Step      string    // what has to be taken again
	Why       string    // the rule of a deletion
	Register  bool      // a certificate stays in the register after it
	InPerson  InPerson
	Calendar  bool // a calendar's file is attached
	Booking   bool // people come by appointment
	// Appointment that was booked, in the desk's zone; zero without one.
	Appointment, AppointmentEnds time.Time
	Test                         bool
	Digits                       string // that confirm the address
	Token                        string // of the link that does
	Texts                        []texts.Text
	Site                         SiteFacts
}

// say is a sentence of the letter.
func (f facts) say(key string, values ...words.Values) string {
	return f.words.Text("letters."+f.name+"."+key, values...)
}

// sayOf is a sentence of the letter about one value; empty where there is none.
func (f facts) sayOf(key string, value words.Values) string {
	for _, v := range value {
		if v == "" {
			return ""
		}
	}
	return f.say(key, value)
}

// sayOr is a sentence of the letter by a code; the one of another key for a code
// that is new.
func (f facts) sayOr(other, code string) string {
	if code == "" || !f.words.Has("letters."+f.name+"."+code) {
		code = other
	}
	return f.say(code)
}

// until is a sentence with the moment when the enrolment closes; empty where it does
// not.
func (f facts) until(key string) string {
	if f.Until.IsZero() {
		return ""
	}
	return f.words.Text(key, words.Values{"date": f.words.Moment(f.Until)})
}

// letter is one message in its parts.
type letter struct {
	Language, Dir, Subject, Greeting string
	Paragraphs                       []string
	Action, Link                     string // empty: no link
	ActionLine                       string // the action as it stands before a link that is written out
	Footer                           []string
}

// read makes a letter of its facts; place is where it leads. A letter that has no
// words in the language of the facts is in the fallback as a whole.
func read(name string, f facts) (l letter, place string, err error) {
	form, known := forms[name]
	if !known {
		return l, "", fmt.Errorf("mail: no letter %q", name)
	}
	f.name = name
	subject := f.words.Say("letters." + name + ".subject")
	f.words = words.In(subject.Language.Tag)
	l = letter{Language: subject.Language.Tag, Dir: subject.Language.Dir, Subject: subject.Text}
	for _, sentences := range form.paragraphs(f) {
		sentences = slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
		if len(sentences) > 0 {
			l.Paragraphs = append(l.Paragraphs, strings.Join(sentences, " "))
		}
	}
	if !form.noLink {
		l.Action = f.say("action")
		l.ActionLine = f.words.Text("letters.link", words.Values{"action": l.Action})
	}
	return l, form.place, nil
}

// text is the letter without HTML.
func (l letter) text() string {
	parts := append([]string{l.Greeting}, l.Paragraphs...)
	if l.Action != "" {
		parts = append(parts, l.ActionLine+"\n"+l.Link)
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
