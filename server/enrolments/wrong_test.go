package enrolments_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"visavis/capture"
	"visavis/enrolment"
	"visavis/identity"
	"visavis/protocol"
	"visavis/server"
	"visavis/specimen"
)

// oldCard is the French card before 2021 of the demonstration's first applicant,
// issued in July 2012 to an adult: ten years are printed, fifteen are valid.
func oldCard(t *testing.T) []string {
	t.Helper()
	pad := func(s string, n int) string { return (s + "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<")[:n] }
	digit := func(s string) string {
		d, err := specimen.CheckDigit(s)
		must(t, err)
		return string(d)
	}
	first := "IDFRA" + pad("SPECIMEN", 25) + "750055"
	number := "120775012345"
	second := number + digit(number) + pad("MAEVA<<CLAIRE", 14) + "900713" + digit("900713") + "F"
	return []string{first, second + digit(first+second)}
}

func TestWrongDocumentsEndWithAReason(t *testing.T) {
	with := func(change func(p *passport)) func(t *testing.T, r *reader) {
		return func(t *testing.T, r *reader) {
			p := valid()
			change(&p)
			r.lines = p.lines(t)
		}
	}
	cases := map[string]struct {
		document string
		prepare  func(t *testing.T, r *reader)
		state    enrolment.State
		reason   string // of an automatic refusal
		doubt    string // that the reviewer is shown
	}{
		"another name":    {"passport", with(func(p *passport) { p.surname = "MARTIN" }), enrolment.Review, "", "name-no"},
		"nearly the name": {"passport", with(func(p *passport) { p.surname = "SPECIMEM" }), enrolment.Review, "", "name-near"},
		"expired":         {"passport", with(func(p *passport) { p.expiry = inYears(-1) }), enrolment.Refused, "document-expired", ""},
		"under age": {"passport", func(t *testing.T, r *reader) {
			with(func(p *passport) { p.birth = inYears(-15) })(t, r)
			r.print = []identity.Field{{Name: identity.FieldBirthDate, Text: time.Now().AddDate(-15, 0, 0).Format("02.01.2006"),
				Confidence: 0.9}}
		}, enrolment.Refused, "under-age", ""},
		"a visa":                   {"passport", with(func(p *passport) { p.code = "V" }), enrolment.Refused, "kind-not-accepted", ""},
		"an emergency passport":    {"passport", with(func(p *passport) { p.code = "PE" }), enrolment.Refused, "kind-not-accepted", ""},
		"a passport as a card":     {"identity-card", with(func(*passport) {}), enrolment.Review, "", "other-kind"},
		"a driving licence":        {"passport", func(_ *testing.T, r *reader) { r.lines = []string{"D1FRA13AA000026181231MARTIN<<9"} }, enrolment.Refused, "kind-not-accepted", ""},
		"a licence without a zone": {"passport", func(_ *testing.T, r *reader) { r.lines, r.title = nil, identity.KindDrivingLicence }, enrolment.Refused, "kind-not-accepted", ""},
		"a Belgian card": {"identity-card", func(t *testing.T, r *reader) {
			lines, err := specimen.Zone{
				Code: "ID", Issuer: "BEL", Nationality: "BEL", Surname: "Specimen", GivenNames: []string{"Maéva"},
				Number: "600001795", Sex: "F",
				Birth: time.Date(1990, 7, 13, 0, 0, 0, 0, time.UTC), Expiry: time.Now().AddDate(5, 0, 0),
			}.TD1()
			must(t, err)
			r.lines = lines
		}, enrolment.Refused, "kind-not-accepted", ""},
		"no zone that can be read": {"passport", func(_ *testing.T, r *reader) { r.lines = nil }, enrolment.Review, "", "zone-unreadable"},
		"another person's face":    {"passport", func(_ *testing.T, r *reader) { r.score = 0.05 }, enrolment.Review, "", enrolment.DoubtFace},
		"an old card, past its day": {"identity-card", func(t *testing.T, r *reader) {
			r.lines = oldCard(t)
			r.print = []identity.Field{{Name: identity.FieldExpiryDate, Text: "12.07.2022", Confidence: 0.9}}
		}, enrolment.Review, "", ""},
	}
	// The documents that are told by name that they are not accepted.
	named := map[string]string{
		"a visa": "visa-a", "a driving licence": "fra-licence-2013", "a licence without a zone": "licence", "a Belgian card": "bel-card",
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := sqlitePlace(t).start(t, "one")
			c.prepare(t, in.reader)
			maeva := in.browser(t, "maeva")
			v := maeva.consented()
			p := maeva.pair(v.ID, nil)
			p.choose(c.document)
			if c.document == "passport" {
				p.take(passportSteps...)
			} else {
				p.take(cardSteps...)
			}
			v = maeva.await(v.ID, c.state)
			if c.reason != "" {
				if v.Refusal == nil || v.Refusal.Reason != c.reason || !v.Refusal.Automatic || !v.Refusal.Contestable {
					t.Errorf("refusal %+v, want %s", v.Refusal, c.reason)
				}
				if want := named[name]; v.Refusal != nil && v.Refusal.Paper != want {
					t.Errorf("it is called %q, want %q", v.Refusal.Paper, want)
				}
				return
			}
			file := in.browser(t, "reviewer-1").draw().Drawn
			if c.doubt != "" && !slices.Contains(file.Doubts, c.doubt) || c.doubt == "" && len(file.Doubts) > 0 {
				t.Errorf("doubts %v, want %q", file.Doubts, c.doubt)
			}
		})
	}
}

func TestAnotherFaceTakesTwoReviewers(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	in.reader.score = 0.05
	maeva := in.browser(t, "maeva")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	first, second := in.browser(t, "reviewer-1"), in.browser(t, "reviewer-2")
	first.draw()
	if out := first.decide(v.ID, map[string]any{"verdict": "accept"}); out != "review" {
		t.Errorf("after one reviewer: %s", out)
	}
	if file := first.draw().Drawn; file != nil {
		t.Error("the same reviewer got the file twice")
	}
	if file := second.draw().Drawn; file == nil || file.Round != 2.0 || len(file.Previous) != 1 {
		t.Fatalf("the second reviewer: %+v", file)
	}
	if out := second.decide(v.ID, map[string]any{"verdict": "accept"}); out != "to-confirm" {
		t.Errorf("after two reviewers: %s", out)
	}
}

func TestARefusalIsContestedBeforeAnotherPerson(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	first, second := in.browser(t, "reviewer-1"), in.browser(t, "reviewer-2")
	first.draw()
	first.decide(v.ID, map[string]any{"verdict": "refuse", "reason": "tampered", "words": "Le portrait semble collé."})
	if v = maeva.see(v.ID); v.Refusal.Contested {
		t.Errorf("before the contest: %+v", v.Refusal)
	}
	v = maeva.act(v.ID, "contest", map[string]string{"words": "Ma pièce est neuve."})
	if v.State != enrolment.Contested || v.Wait == nil {
		t.Fatalf("contested: %+v", v)
	}
	if file := first.draw().Drawn; file != nil {
		t.Error("who refused decides on the contest too")
	}
	var file struct{ Drawn *struct{ Contest string } }
	second.want(http.StatusOK, "POST", "/api/review/draw", struct{}{}, &file)
	if file.Drawn == nil || file.Drawn.Contest != "Ma pièce est neuve." {
		t.Errorf("the contest's file: %+v", file.Drawn)
	}
	second.decide(v.ID, map[string]any{"verdict": "refuse", "reason": "tampered", "words": "Oui, il est collé."})
	if v = maeva.see(v.ID); v.State != enrolment.Refused || v.Refusal.Contestable || !v.Refusal.Contested {
		t.Errorf("after the contest: %+v", v.Refusal)
	}
}

func TestThreeFailedAttemptsSayWhenTheNextMayBegin(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	for range 3 {
		maeva.want(http.StatusOK, "POST", "/api/sessions", map[string]any{"enrolment": v.ID, "new": true}, nil)
		must(t, in.service.FailAttempt(t.Context(), subjectOf(t, in, v.ID), "too-many-stills"))
	}
	status, _, body := maeva.do("POST", "/api/sessions", map[string]any{"enrolment": v.ID})
	var answer struct {
		Error struct {
			Code string
			Next time.Time
		}
	}
	must(t, json.Unmarshal(body, &answer))
	if hours := time.Until(answer.Error.Next).Hours(); status != http.StatusTooManyRequests || hours < 23 || hours > 24 {
		t.Errorf("a fourth attempt: %d %s", status, body)
	}
	if v = maeva.see(v.ID); v.Attempts.Left != 0 || v.Attempts.Next.IsZero() {
		t.Errorf("attempts: %+v", v.Attempts)
	}
}

func TestNothingOfAStrangersPhoneStays(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	capture := maeva.pair(v.ID, nil)
	capture.choose("identity-card")
	capture.take("document-front", "document-back")
	must(t, capture.desktop.Send(t.Context(), protocol.NotMyPhone{}))
	capture.join()
	if v = maeva.see(v.ID); len(v.Taken) != 0 || v.Document != "" || v.Attempts.Left != 2 {
		t.Errorf("after the strange phone: %v of %q, %+v", v.Taken, v.Document, v.Attempts)
	}
	capture.choose("passport")
	capture.take(passportSteps...)
	v = maeva.await(v.ID, enrolment.Review)
	file, err := in.service.Load(t.Context(), v.ID)
	must(t, err)
	if len(file.Taken) != 2 || file.Document != "passport" {
		t.Errorf("handed over: %+v of %q", file.Taken, file.Document)
	}
}

// slowEnd hands a capture over when the phone has gone.
type slowEnd struct{ server.Enrolments }

func (s slowEnd) Done(ctx context.Context, subject string, steps []capture.StepRecord) error {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return s.Enrolments.Done(ctx, subject, steps)
}

func TestAPhonePutAwayAfterItsLastPicture(t *testing.T) {
	at := sqlitePlace(t)
	at.wrap = func(j server.Enrolments) server.Enrolments { return slowEnd{j} }
	maeva := at.start(t, "one").browser(t, "maeva")
	v := maeva.consented()
	p := maeva.pair(v.ID, nil)
	p.choose("passport")
	p.take(passportSteps...)
	p.phone.Close()
	maeva.await(v.ID, enrolment.Review)
}
