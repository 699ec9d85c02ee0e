package enrolments_test

import (
	"errors"
	"testing"

	"visavis/enrolment/journey"
)

// subjectOf is what an enrolment captures now.
func subjectOf(t *testing.T, in *instance, id string) journey.Subject {
	t.Helper()
	r, err := in.service.Load(t.Context(), id)
	must(t, err)
	return journey.SubjectOf(r)
}

// A still that comes late, after the attempt was disowned and begun again, lands in
// no attempt: neither in the record nor in the evidence nor in the bucket.
func TestALateStillLandsInNoOtherAttempt(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	p := maeva.pair(v.ID, nil)
	p.choose("passport")
	p.take("document-front")
	old := subjectOf(t, in, v.ID)
	_, err := in.service.DisownPhone(t.Context(), old)
	must(t, err)
	before, err := in.keeper.Bucket.List(t.Context(), v.ID+"/")
	must(t, err)
	late := journey.Still{Side: "selfie", Document: "passport", JPEG: []byte("late")}
	for name, err := range map[string]error{
		"sent": in.service.Sent(t.Context(), old, "selfie", late.JPEG), "kept": in.service.Keep(t.Context(), old, late),
		"noted": in.service.Note(t.Context(), old, "front", []string{"x"}, nil), "finished": in.service.Finish(t.Context(), old),
		"failed": in.service.FailAttempt(t.Context(), old, "late"),
	} {
		if name != "noted" && !errors.Is(err, journey.ErrOver) { // nothing is there to be noted of
			t.Errorf("%s: %v", name, err)
		}
	}
	after, err := in.keeper.Bucket.List(t.Context(), v.ID+"/")
	must(t, err)
	r, err := in.service.Load(t.Context(), v.ID)
	must(t, err)
	if len(after) != len(before) || len(r.Taken) != 0 || len(r.Stills) != 0 || len(r.Attempts) != 2 {
		t.Errorf("%d blobs, want %d; %+v", len(after), len(before), r)
	}
	must(t, in.service.Keep(t.Context(), journey.SubjectOf(r), late))
	found, err := in.keeper.Verify(t.Context(), v.ID)
	must(t, err)
	if !found.OK() || len(found.Unlisted) > 0 || found.Items != 2 {
		t.Errorf("evidence: %+v", found)
	}
}
