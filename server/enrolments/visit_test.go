package enrolments_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/journey"
)

func TestTheOtherWayLeadsToTheRegistrar(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva, registrar := in.browser(t, "maeva"), in.browser(t, "registrar")
	v := maeva.begin()
	maeva.act(v.ID, "in-person", struct{}{})
	waitLetters(t, p.letters, "in-person")
	var found struct {
		File struct{ ID string }
	}
	registrar.want(http.StatusOK, "GET", "/api/registrar?reference="+v.Reference, nil, &found)
	registrar.want(http.StatusNotFound, "GET", "/api/registrar?reference=XXXXXX", nil, nil)
	registrar.want(http.StatusUnprocessableEntity, "POST", "/api/registrar/"+found.File.ID,
		map[string]any{"accept": true}, nil)
	read := map[string]string{"surname": "Specimen", "givenNames": "Maéva Claire", "birthDate": "1990-07-13"}
	registrar.want(http.StatusUnprocessableEntity, "POST", "/api/registrar/"+found.File.ID,
		map[string]any{"accept": true, "extracted": read}, nil)
	var wrong struct {
		Error struct {
			Fields []struct{ Field, Text string }
		}
	}
	registrar.want(http.StatusUnprocessableEntity, "POST", "/api/registrar/"+found.File.ID+"?lang=en", map[string]any{
		"accept": true, "extracted": map[string]string{"surname": "Sp3cimen", "givenNames": "Maéva Claire", "birthDate": "1990-02-30"},
	}, &wrong)
	if all := fmt.Sprint(wrong.Error.Fields); len(wrong.Error.Fields) != 3 ||
		!strings.Contains(all, "{extracted.surname A name has no digits.") ||
		!strings.Contains(all, "{extracted.birthDate Enter your date of birth") || !strings.Contains(all, "{checklist ") {
		t.Errorf("three at once: %s", all)
	}
	registrar.want(http.StatusOK, "POST", "/api/registrar/"+found.File.ID,
		map[string]any{"accept": true, "extracted": read, "checklist": visitPoints()}, nil)
	if v = maeva.see(v.ID); v.State != enrolment.ToConfirm || v.Extracted == nil {
		t.Errorf("after the visit: %+v", v)
	}
}

// visitPoints are the answers of a registrar who looked at everything.
func visitPoints() map[string]bool {
	out := map[string]bool{}
	for _, q := range journey.VisitQuestions() {
		out[q.ID] = true
	}
	return out
}

// One reviewer with other values and an empty checklist gives nobody an identity.
func TestOneReviewerGivesNoIdentity(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	first, second := in.browser(t, "reviewer-1"), in.browser(t, "reviewer-2")
	first.draw()
	other := map[string]string{"surname": "Exemple", "givenNames": "Maéva Claire", "birthDate": "1990-07-13"}
	first.want(http.StatusUnprocessableEntity, "POST", "/api/review/"+v.ID+"/decide",
		map[string]any{"verdict": "accept", "checklist": map[string]bool{}, "extracted": other}, nil)
	first.want(http.StatusUnprocessableEntity, "POST", "/api/review/"+v.ID+"/decide",
		map[string]any{"verdict": "accept"}, nil)
	if out := first.decide(v.ID, map[string]any{"verdict": "accept", "extracted": other}); out != "review" {
		t.Errorf("other values of one reviewer: %s", out)
	}
	if file := second.draw().Drawn; file == nil || file.Round != 2.0 {
		t.Fatalf("the second reviewer: %+v", file)
	}
	for _, name := range []string{"Specimen,O=Exemple", "<", "Speci\u202emen", strings.Repeat("Specimen", 9)} {
		body := map[string]any{"verdict": "accept", "checklist": second.points(), "extracted": map[string]string{
			"surname": name, "givenNames": "A", "birthDate": "1990-07-13"}}
		status, _, answer := second.do("POST", "/api/review/"+v.ID+"/decide", body)
		var e struct{ Error struct{ Field, Text string } }
		must(t, json.Unmarshal(answer, &e))
		if status != http.StatusUnprocessableEntity || !strings.HasPrefix(e.Error.Field, "extracted.") || e.Error.Text == "" {
			t.Errorf("%q: %d %s", name, status, answer)
		}
	}
	if out := second.decide(v.ID, map[string]any{"verdict": "accept", "extracted": other}); out != "to-confirm" {
		t.Errorf("the same values of two: %s", out)
	}
}
