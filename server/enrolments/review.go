package enrolments

import (
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/identity"
	"visavis/words"
)

// file is a reviewer's view of an enrolment.
type file struct {
	ID         string               `json:"id"`
	Reference  string               `json:"reference"`
	Language   string               `json:"language"` // the applicant's: words to them are written in it
	Round      any                  `json:"round"`    // 1, 2 or "contest"
	Blind      bool                 `json:"blind"`
	Second     bool                 `json:"second"` // two reviewers have to accept
	DrawnUntil time.Time            `json:"drawnUntil"`
	Extendable bool                 `json:"extendable"` // the time can be extended
	Document   string               `json:"document"`
	Declared   declared             `json:"declared"`
	Contacts   []enrolment.Contact  `json:"contacts,omitempty"` // which of them are confirmed
	Extracted  *enrolment.Extracted `json:"extracted,omitempty"`
	Dispute    *enrolment.Dispute   `json:"dispute,omitempty"`
	Contest    string               `json:"contest,omitempty"` // the applicant's words
	Readings   []journey.Reading    `json:"readings"`
	Checks     []check              `json:"checks"`
	Items      []item               `json:"items"`
	Portrait   *place               `json:"portrait,omitempty"`
	Selfie     *place               `json:"selfie,omitempty"`
	Checklist  []question           `json:"checklist"`
	Doubts     []string             `json:"doubts"`
	Notes      []string             `json:"notes"`
	Previous   []decision           `json:"previous,omitempty"`
}

type check struct {
	journey.Check
	Words string `json:"words"`
}

type item struct {
	Item string        `json:"item"`
	Kind evidence.Kind `json:"kind"`
	Step string        `json:"step"`
	URL  string        `json:"url"`
}

// place is the face on an item. Without an area none was found.
type place struct {
	Item string        `json:"item"`
	Area *identity.Box `json:"area,omitempty"`
}

func placeOf(p *journey.Place) *place {
	if p == nil {
		return nil
	}
	return &place{p.Item, p.Face}
}

type question struct {
	ID    string `json:"id"`
	Words string `json:"words"`
}

type decision struct {
	Verdict enrolment.Verdict `json:"verdict"`
	Reason  string            `json:"reason"`
	Words   string            `json:"words"`
	Round   int               `json:"round"`
}

// fileOf returns a file in its reviewer's language.
func (p *Plane) fileOf(f journey.File, language string) file {
	held := p.journey.Rules().HeldUntil(*f.Review.Drawn)
	out := file{
		ID: f.ID, Reference: f.Reference, Language: f.Language, Round: roundOf(f.Record), Blind: f.Review.Drawn.Blind,
		Second:     p.journey.Rules().NeedsSecond(f.Record),
		DrawnUntil: held, Extendable: held.Before(p.journey.Rules().HeldAtMost(*f.Review.Drawn)), Document: f.Document,
		Declared:  declared(f.Declared),
		Contacts:  f.Contacts(),
		Extracted: f.Extracted, Dispute: f.Dispute, Contest: f.Contest,
		Readings: f.Report.Readings, Doubts: orNone(f.Review.Doubts), Notes: orNone(f.Report.Notes),
	}
	if out.Readings == nil {
		out.Readings = []journey.Reading{}
	}
	out.Checks = []check{}
	for _, c := range f.Report.Checks {
		out.Checks = append(out.Checks, check{c, checkWords(words.In(language), c.Name)})
	}
	out.Items = []item{}
	for _, i := range f.Items {
		out.Items = append(out.Items, item{i.ID, i.Kind, i.Step, "/api/review/" + f.ID + "/items/" + i.ID})
	}
	out.Portrait, out.Selfie = placeOf(f.Report.Portrait), placeOf(f.Report.Selfie)
	out.Checklist = questionsOf(f.Checklist, language)
	for _, d := range f.Previous {
		out.Previous = append(out.Previous, decision{d.Verdict, d.Reason, d.Words, d.Round})
	}
	return out
}

// questionsOf returns questions in their reader's language.
func questionsOf(list []journey.Question, language string) []question {
	out := []question{}
	for _, q := range list {
		out = append(out, question{q.ID, words.In(language).Text("staff.question." + q.ID)})
	}
	return out
}

// checkWords names a check. A member of a family ("digit-number") has the family's name
// and its own rest. An unknown check keeps its code.
func checkWords(w words.Words, name string) string {
	family, rest, _ := strings.Cut(name, "-")
	switch {
	case w.Has("staff.check." + name):
		return w.Text("staff.check." + name)
	case rest != "" && w.Has("staff.check."+family):
		return w.Text("staff.check."+family, words.Values{"name": rest})
	}
	return name
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// roundOf returns the round: the first, the second of two, or a contest.
func roundOf(e enrolment.Record) any {
	if e.Review.Contested {
		return "contest"
	}
	accepted := slices.ContainsFunc(e.Review.Decisions, func(d enrolment.Decision) bool {
		return d.Verdict == enrolment.Accept && d.Round == e.Review.Round && !d.Blind
	})
	if accepted {
		return 2
	}
	return 1
}

func (p *Plane) queue(r *request) (any, error) {
	q, err := p.journey.Queue(r.Context(), r.who.Subject)
	if err != nil {
		return nil, err
	}
	stats, own, err := p.journey.StatsAndOwn(r.Context(), r.who.Subject)
	if err != nil {
		return nil, err
	}
	drawn, err := p.drawn(r, q.Drawn)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"waiting": stats.Waiting, "blind": q.Blind, "drawn": drawn, "stats": stats, "own": own,
		"hours": p.journey.Hours().Week(),
	}, nil
}

// drawn returns the file assigned to the reviewer, or nil.
func (p *Plane) drawn(r *request, e *enrolment.Record) (*file, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // no file is a state of its own
	}
	f, err := p.journey.File(r.Context(), r.who.Subject, e.ID)
	if err != nil {
		return nil, err
	}
	out := p.fileOf(f, r.language())
	return &out, nil
}

func (p *Plane) draw(r *request) (any, error) {
	e, err := p.journey.Draw(r.Context(), r.who.Subject)
	if err != nil {
		return nil, err
	}
	drawn, err := p.drawn(r, e)
	return map[string]any{"drawn": drawn}, err
}

func (p *Plane) putBack(r *request) (any, error) {
	return struct{}{}, p.journey.PutBack(r.Context(), r.who.Subject, r.id())
}

func (p *Plane) extend(r *request) (any, error) {
	e, err := p.journey.Extend(r.Context(), r.who.Subject, r.id())
	if err != nil {
		return nil, err
	}
	drawn, err := p.drawn(r, &e)
	return map[string]any{"drawn": drawn}, err
}

func (p *Plane) decide(r *request) (any, error) {
	var body struct {
		Verdict   enrolment.Verdict    `json:"verdict"`
		Reason    string               `json:"reason"`
		Words     string               `json:"words"`
		Again     *enrolment.Again     `json:"again"`
		Extracted *enrolment.Extracted `json:"extracted"`
		Checklist map[string]bool      `json:"checklist"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	d := enrolment.Decide{
		Verdict: body.Verdict, Reason: shortened(body.Reason), Words: shortened(body.Words),
		Extracted: body.Extracted, Checklist: body.Checklist,
	}
	if body.Verdict == enrolment.AskAgain {
		d.Again = body.Again
		if d.Again != nil && d.Again.Words == "" {
			d.Again.Words = d.Words
		}
	}
	e, err := p.journey.Decide(r.Context(), r.who.Subject, r.id(), d)
	if err != nil {
		return nil, err
	}
	return map[string]string{"outcome": string(e.State)}, nil
}

// item returns a picture or a sequence of the reviewer's file.
func (p *Plane) item(r *request) (any, error) {
	body, mediaType, err := p.journey.ReviewItem(r.Context(), r.who.Subject, r.id(), mux.Vars(r.Request)["item"])
	return bytesAnswer{mediaType: mediaType, body: body}, err
}
