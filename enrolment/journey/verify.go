package journey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/identity"
)

// Verifier reads and compares an enrolment's captures; a jobs.Verifier.
type Verifier struct {
	Service *Service
	Zones   identity.ZoneReader
	Fields  identity.FieldReader
	Faces   identity.FaceComparer
	Limits  identity.FaceLimits
	Dates   identity.Dates
	// Accepts says which documents are accepted.
	Accepts identity.Policy
	Logger  *slog.Logger
}

var machine = enrolment.Actor{Role: enrolment.System, ID: "verification"}

// Verify implements jobs.Verifier. Unreadable material is a doubt for a person, never a
// dead end.
func (v *Verifier) Verify(ctx context.Context, id string) (jobs.Finish, error) {
	r, err := v.Service.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.State != enrolment.Verifying {
		return nothing, nil // deleted, cancelled, or done before
	}
	if err != nil {
		return nil, err
	}
	seen, err := v.look(ctx, r)
	if err != nil {
		return nil, err
	}
	event, report, err := v.judge(r, seen)
	if err != nil {
		return nil, err
	}
	if err := v.Service.keepReport(ctx, r, report); err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *store.Tx) error {
		_, _, err := v.Service.step(ctx, tx, id, change{by: machine, event: event})
		if _, moved := errors.AsType[*enrolment.StateError](err); moved { // cancelled meanwhile
			return nil
		}
		return err
	}, nil
}

// stuckAfter is when an unfinished verification is requested again: its job was given up
// by then.
const (
	stuckAfter  = 26 * time.Hour
	stuckAtOnce = 100
)

// Resume requests again the verifications that were given up, for example after a day
// without the evidence's store. Idempotent.
func (s *Service) Resume(ctx context.Context) error {
	return s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		waiting, err := tx.InState(ctx, enrolment.Verifying, stuckAtOnce)
		if err != nil {
			return err
		}
		for _, r := range waiting {
			if s.now().Sub(r.LastAction) < stuckAfter {
				continue
			}
			s.log.ErrorContext(ctx, "a verification was given up and is asked for again", "reference", r.Reference)
			if err := s.cfg.Queue.Enqueue(ctx, tx, jobs.Verification{Enrolment: r.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// judge makes event and report from the readers' result.
func (v *Verifier) judge(r enrolment.Record, s sighting) (enrolment.Verify, Report, error) {
	declared := identity.Declared{
		DeclaredNames: identity.DeclaredNames{Surname: r.Declared.Surname, GivenNames: r.Declared.GivenNames}}
	declared.BirthDate, _ = time.Parse(time.DateOnly, r.Declared.BirthDate) // zero: none was declared
	s.printed = identity.Told(s.zone.Reading, s.printed)
	c, err := v.Dates.Compare(declared, identity.Extract{Zone: s.zone.Reading, Printed: s.printed})
	if err != nil {
		return enrolment.Verify{}, Report{}, fmt.Errorf("compare: %w", err)
	}
	j := judgement{v: v, r: r, s: s, c: c}
	j.kind()
	j.readings()
	j.zone()
	j.names()
	j.dates()
	j.faces()
	j.capture()
	e := enrolment.Verify{Extracted: j.extracted(), Doubts: j.report.Doubts, Certain: j.certain, Paper: j.paper}
	if s.compared {
		score := s.score.Score
		e.FaceScore = &score
	}
	j.report.Certain = string(j.certain)
	return e, j.report, nil
}

// judgement accumulates a report.
type judgement struct {
	v       *Verifier
	r       enrolment.Record
	s       sighting
	c       identity.Comparison
	report  Report
	certain enrolment.CertainReason
	paper   string // that is not accepted, as in document.ID
}

func (j *judgement) check(c Check, doubt string) {
	j.report.Checks = append(j.report.Checks, c)
	if !c.OK && doubt != "" {
		j.report.Doubts = append(j.report.Doubts, doubt)
	}
}

// refuse records a certain reason. The first one counts.
func (j *judgement) refuse(why enrolment.CertainReason) {
	if j.certain == "" {
		j.certain = why
	}
}

// sure reports whether the zone was read without any correction.
func (j *judgement) sure() bool { return j.s.zone.Status == identity.Valid }

// fieldNames are the names of the fields on the reviewer's page.
var fieldNames = map[identity.FieldName]string{
	identity.FieldSurname: "surname", identity.FieldUsageName: "usageName", identity.FieldGivenNames: "givenNames",
	identity.FieldBirthDate: "birthDate", identity.FieldExpiryDate: "expiry",
}

func (j *judgement) readings() {
	for _, f := range j.c.Fields {
		j.report.Readings = append(j.report.Readings, Reading{
			Field: fieldNames[f.Name], Declared: f.Declared, Zone: f.Zone, Printed: f.Printed, Value: f.Value,
			Class:   string(f.Class),
			Differs: f.Differs || f.Class != "" && f.Class != identity.Exact,
		})
	}
	number := Reading{Field: "number", Zone: j.s.zone.MRZ.Number}
	for _, side := range j.s.printed {
		if f, ok := side.Field(identity.FieldNumber); ok {
			number.Printed = f.Text
		}
	}
	number.Differs = number.Zone != "" && number.Printed != "" && !identity.SameNumber(number.Zone, number.Printed)
	number.Value = cmp.Or(number.Zone, number.Printed)
	nationality := Reading{Field: "nationality", Zone: j.s.zone.MRZ.Nationality, Value: j.s.zone.MRZ.Nationality}
	j.report.Readings = append(j.report.Readings, number, nationality)
}

func (j *judgement) zone() {
	j.check(Check{Name: "zone", Value: string(j.s.zone.Status), Limit: string(identity.Valid), OK: j.sure(),
		Source: j.s.zone.side},
		"zone-"+string(j.s.zone.Status))
	if j.s.zone.frames > 0 {
		j.report.Notes = append(j.report.Notes, j.s.zone.side+": frames")
	}
	for _, d := range j.s.zone.MRZ.Checks {
		j.check(Check{Name: "digit-" + d.Name, Value: string(rune(d.Have)), Limit: string(rune(d.Want)), OK: d.OK,
			Source: "mrz"}, "digit-"+d.Name)
	}
	for _, reader := range j.s.unreached {
		j.check(Check{Name: "reader-" + reader, Value: "no answer", OK: false}, "reader-"+reader)
	}
}

func (j *judgement) names() {
	m := j.c.Names
	for _, of := range []struct {
		name string
		part identity.PartMatch
	}{{"surname", m.Surname}, {"given-names", m.GivenNames}} {
		name, part := of.name, of.part
		j.check(Check{Name: name, Value: string(part.Class), Limit: "exact, subset-first", OK: part.Class == identity.Exact ||
			part.Class == identity.SubsetFirst,
			Source: "mrz, print"}, "")
		if part.PrintDiffers {
			j.report.Doubts = append(j.report.Doubts, name+"-print-differs")
		}
	}
	j.check(Check{Name: "names", Value: string(m.Class), Limit: "automatic", OK: m.Automatic(),
		Source: "declared, mrz, print"}, "name-"+string(m.Class))
}

func (j *judgement) dates() {
	birth, _ := j.c.Field(identity.FieldBirthDate)
	read := !j.c.Birth.IsZero() && birth.Err == nil
	j.check(Check{Name: "birth-date", Value: birth.Value, Limit: birth.Declared, OK: read &&
		birth.Class != identity.NoMatch && !birth.Differs,
		Source: string(birth.Source)}, "birth-date")
	if read {
		adult := j.v.Dates.Adult(j.c.Birth)
		j.check(Check{Name: "age", Value: j.v.Dates.Age(j.c.Birth), Limit: 18, Unit: "years", OK: adult,
			Source: string(birth.Source)}, "age")
		if !adult && j.sure() && !birth.Differs {
			j.refuse(enrolment.UnderAge)
		}
	}
	val := j.c.Validity
	value := string(val.Status)
	if val.Reason != "" {
		value += ": " + string(val.Reason)
	}
	until := ""
	if !val.Until.IsZero() {
		until = val.Until.Format(time.DateOnly)
	}
	j.check(Check{Name: "validity", Value: value, Limit: until, OK: val.Status == identity.WithinValidity,
		Source: val.Source}, "validity")
	if val.Prolonged {
		j.report.Notes = append(j.report.Notes, "prolonged")
	}
	if val.Status == identity.Expired && j.sure() {
		j.refuse(enrolment.DocumentExpired)
	}
}

func (j *judgement) faces() {
	j.report.Portrait = j.place(string(identity.Front), j.s.score.FaceA)
	j.report.Selfie = j.place(enrolment.SideSelfie, j.s.score.FaceB)
	likeness := j.v.Limits.Likeness(j.s.score)
	c := Check{Name: "face", Limit: j.v.Limits.Same, Unit: "cosine", OK: j.s.compared && likeness == identity.SameFace,
		Source: "portrait, selfie"}
	if c.Value = j.s.score.Score; !j.s.compared {
		c.Value = string(identity.NoFace)
	}
	j.check(c, "") // the state machine adds its own doubt, and asks for a second reviewer
}

// place returns the location of a face on a side's still; nil without that still.
func (j *judgement) place(side string, face *identity.Box) *Place {
	item := j.r.Taken[side].Item
	if item == "" {
		return nil
	}
	return &Place{Item: item, Face: face}
}

// capture copies the notes of the capture.
func (j *judgement) capture() {
	for _, side := range enrolment.Sides(j.r.Document) {
		for _, n := range j.r.Taken[side].Notes {
			j.report.Notes = append(j.report.Notes, side+": "+n)
		}
		for _, d := range j.r.Taken[side].Doubts {
			j.report.Doubts = append(j.report.Doubts, side+": "+d)
		}
	}
}

// extracted returns the document's data, as shown to its holder.
func (j *judgement) extracted() enrolment.Extracted {
	value := func(name identity.FieldName) string {
		f, _ := j.c.Field(name)
		return f.Value
	}
	return enrolment.Extracted{
		Surname: value(identity.FieldSurname), GivenNames: value(identity.FieldGivenNames),
		UsageName: value(identity.FieldUsageName), BirthDate: value(identity.FieldBirthDate),
	}
}
