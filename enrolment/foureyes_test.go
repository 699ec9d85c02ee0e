package enrolment

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/identity"
)

var other = Extracted{Surname: "EXEMPLE", GivenNames: "Maéva", BirthDate: "1990-07-13"}

// accepting is an acceptance with the reviewer's own values.
func accepting(x Extracted) Decide { return Decide{Verdict: Accept, Extracted: &x} }

func TestOtherValuesThanTheReadingTakeTwoPeople(t *testing.T) {
	usage, birth, accent, unlike := specimen, specimen, specimen, specimen
	unlike.GivenNames = "Malva"
	usage.UsageName, birth.BirthDate, accent.GivenNames = "EXEMPLE", "1991-07-13", "Maeva"
	for name, x := range map[string]Extracted{"surname": other, "usage name": usage, "birth date": birth,
		"an accent": accent} {
		first := walk(t, at(t, Review), by(reviewer, accepting(x)))
		if first.State != Review {
			t.Fatalf("%s: one reviewer's values lead to %s", name, first.State)
		}
		if got := walk(t, first, by(second, Draw{}), by(second, Decide{Verdict: Accept})); got.State != ToConfirm ||
			*got.Extracted != x {
			t.Errorf("%s: two reviewers lead to %s with %+v", name, got.State, got.Extracted)
		}
		if got := walk(t, first, by(second, Draw{}), by(second, accepting(unlike)), by(third, Draw{}),
			by(third, accepting(unlike))); got.State != ToConfirm || *got.Extracted != unlike {
			t.Errorf("%s: the values of two of three: %s, %+v", name, got.State, got.Extracted)
		}
	}
	contested := walk(t, at(t, Contested), by(second, Draw{}), by(second, accepting(other)))
	if contested.State != Contested {
		t.Errorf("a contest: one reviewer's values lead to %s", contested.State)
	}
	spaces := specimen
	spaces.Surname = "  SPECIMEN "
	if got := walk(t, at(t, Review), by(reviewer, accepting(spaces))); got.State != ToConfirm ||
		*got.Extracted != specimen {
		t.Errorf("spaces alone: %s, %+v", got.State, got.Extracted)
	}
	disputed := walk(t, at(t, ToConfirm), by(applicant, DisputeData{Dispute{"surname", ""}, false}), draw,
		by(reviewer, accepting(other)))
	if disputed.State != Review {
		t.Errorf("after a dispute one reviewer's values lead to %s", disputed.State)
	}
}

func TestWhatMayStandInANameIsOneRuleForAll(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	review, visit := at(t, Review), at(t, InPerson)
	bad := map[string]Extracted{
		"extracted.birthDate no such day": {GivenNames: "A", BirthDate: "1990-02-30"},
		"extracted.surname nothing":       {},
	}
	for _, s := range []string{"<", ",O=Exemple", "Sp\u202eecimen", "A\rB", "A\nB", "A\x00B", "Sp3cimen",
		"Speci\u0441men"} {
		x := specimen
		x.Surname = "Specimen" + s
		bad["extracted.surname "+s] = x
		y := specimen
		y.GivenNames = "Maéva" + s
		bad["extracted.givenNames "+s] = y
		z := specimen
		z.UsageName = "Exemple" + s
		bad["extracted.usageName "+s] = z
	}
	long := specimen
	long.GivenNames = strings.Repeat("Maéva", 13)
	bad["extracted.givenNames long"] = long
	ahead := specimen
	ahead.BirthDate = t0.AddDate(1, 0, 0).Format(time.DateOnly)
	bad["extracted.birthDate"] = ahead
	for name, x := range bad {
		field, _, _ := strings.Cut(name, " ")
		for who, err := range map[string]error{
			"reviewer":  errorOf(rules.Apply(review, reviewer, accepting(x), review.Last.At)),
			"registrar": errorOf(rules.Apply(visit, registrar, RecordInPerson{Accept: true, Extracted: x}, visit.Last.At)),
		} {
			tidied := strings.ContainsAny(x.Surname+x.GivenNames+x.UsageName, "\r\n")
			if tidied { // white space is one space
				continue
			}
			value, ok := errors.AsType[*ValueError](err)
			if !ok || value.Field != field {
				t.Errorf("%s, %q: %v", who, name, err)
			}
		}
	}
	if _, ok := errors.AsType[*identity.NameError](
		errorOf(rules.Apply(review, reviewer, accepting(bad["extracted.surname <"]), review.Last.At))); !ok {
		t.Error("the reason is lost")
	}
}

// A form has every mistake named at once, each once.
func TestAllThatIsWrongWithADocumentsDataIsNamed(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	rules.Questions = func(Record, Role) []string { return []string{"a"} }
	visit := at(t, InPerson)
	whole := map[string]bool{"a": true}
	for name, c := range map[string]struct {
		change    func(x *Extracted)
		checklist map[string]bool
		want      []string
	}{
		"three and the checklist": {func(x *Extracted) { x.Surname, x.UsageName, x.BirthDate = "Sp3cimen", "Ex<mple", "1990" }, nil,
			[]string{"extracted.surname", "extracted.usageName", "extracted.birthDate", "checklist"}},
		"given names beside a usage name": {func(x *Extracted) { x.GivenNames, x.UsageName = "M4eva", "Exemple" }, whole, []string{"extracted.givenNames"}},
		"two names":                       {func(x *Extracted) { x.Surname, x.GivenNames = "1", "2" }, whole, []string{"extracted.surname", "extracted.givenNames"}},
		"the date alone":                  {func(x *Extracted) { x.BirthDate = "" }, whole, []string{"extracted.birthDate"}},
		"nothing":                         {func(*Extracted) {}, whole, nil},
	} {
		x := specimen
		c.change(&x)
		_, err := rules.Apply(visit, registrar, RecordInPerson{Accept: true, Extracted: x, Checklist: c.checklist},
			visit.Last.At)
		var got []string
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			got = fieldsOf(joined.Unwrap())
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func fieldsOf(errs []error) (fields []string) {
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			fields = append(fields, fieldsOf(joined.Unwrap())...)
		} else if value, ok := errors.AsType[*ValueError](err); ok {
			fields = append(fields, value.Field)
		}
	}
	return fields
}

func errorOf(_ Record, err error) error { return err }

func TestAWholeChecklistAndADecisionInTime(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	rules.Questions = func(Record, Role) []string { return []string{"a", "b"} }
	for _, r := range []Record{at(t, Review), walk(t, at(t, Contested), by(second, Draw{}))} {
		held := r.Review.Drawn
		who := Actor{Reviewer, held.By}
		for _, list := range []map[string]bool{nil, {"a": true}, {"a": true, "b": false}, {"a": true, "c": true}} {
			_, err := rules.Apply(r, who, Decide{Verdict: Accept, Checklist: list}, r.Last.At)
			if value, ok := errors.AsType[*ValueError](err); !ok || value.Field != "checklist" {
				t.Errorf("%s with %v: %v", r.State, list, err)
			}
		}
		whole := Decide{Verdict: Accept, Checklist: map[string]bool{"a": true, "b": true}}
		if got, err := rules.Apply(r, who, whole, held.At.Add(rules.DrawFor-1)); err != nil || got.State != ToConfirm {
			t.Errorf("%s, in time: %s %v", r.State, got.State, err)
		}
		for _, verdict := range []Decide{
			whole, {Verdict: Refuse, Reason: "copy"}, {Verdict: AskAgain, Again: &Again{Step: "selfie", Words: "…"}}} {
			if _, err := rules.Apply(r, who, verdict, held.At.Add(rules.DrawFor)); problem(err) != Lapsed {
				t.Errorf("%s after the time: %v", verdict.Verdict, err)
			}
		}
		if _, err := rules.Apply(r, who, PutBack{}, held.At.Add(rules.DrawFor)); err != nil {
			t.Errorf("put back after the time: %v", err)
		}
	}
	visit := at(t, InPerson)
	_, err := rules.Apply(visit, registrar,
		RecordInPerson{Accept: true, Extracted: specimen, Checklist: map[string]bool{"a": true}}, visit.Last.At)
	if value, ok := errors.AsType[*ValueError](err); !ok || value.Field != "checklist" {
		t.Errorf("a registrar's part of the checklist: %v", err)
	}
}

func TestARegistrarsOtherValuesTakeTwoPeople(t *testing.T) {
	rules := DefaultRules(faceThreshold)
	r := at(t, InPerson)
	usage := specimen
	usage.UsageName = "EXEMPLE"
	for name, x := range map[string]Extracted{"surname": other, "usage name": usage} {
		check := RecordInPerson{Accept: true, Extracted: x}
		first := walk(t, r, by(registrar, check))
		if first.State != InPerson || first.Visit == nil {
			t.Fatalf("%s: one registrar's values lead to %s", name, first.State)
		}
		if again, err := rules.Apply(first, registrar, RecordInPerson{Accept: true, Extracted: x, Reason: "again"},
			first.Last.At); problem(err) != NeedsAnother {
			t.Errorf("%s: the same registrar again: %s %v", name, again.State, err)
		}
		if _, err := rules.Apply(first, Actor{Reviewer, r.Owner}, check, first.Last.At); problem(err) != OwnFile {
			t.Errorf("%s: the person themselves: %v", name, err)
		}
		for _, who := range []Actor{{Registrar, "other desk"}, reviewer} {
			if got := walk(t, first, by(who, check)); got.State != ToConfirm || got.Visit != nil || *got.Extracted != x {
				t.Errorf("%s: with a second %s: %s", name, who.Role, got.State)
			}
			third := x
			third.GivenNames = "Malva"
			if got := walk(t, first, by(who, RecordInPerson{Accept: true, Extracted: third})); got.State != InPerson {
				t.Errorf("%s: two people who disagree lead to %s", name, got.State)
			}
		}
	}
	if _, err := rules.Apply(r, reviewer, RecordInPerson{Accept: true, Extracted: specimen}, r.Last.At); problem(
		err) != NothingToDo {
		t.Errorf("a reviewer alone: %v", err)
	}
	plain := specimen
	plain.Surname, plain.GivenNames = "Specimen", "MAEVA"
	if got := walk(t, r, by(registrar, RecordInPerson{Accept: true, Extracted: plain})); got.State != ToConfirm {
		t.Errorf("the same letters: %s", got.State)
	}
	back := walk(t, walk(t, r, by(registrar, RecordInPerson{Accept: true, Extracted: other})), by(applicant, GoRemote{}))
	if back.Visit != nil {
		t.Error("a visit stays after the person left for the phone")
	}
}
