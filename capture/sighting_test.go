package capture

import (
	"testing"
	"time"
)

func TestAPreviewIsToldWhatTheOneBeforeShowed(t *testing.T) {
	f, err := NewFlow(IdentityCard, FlowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Sighting(); s != nil {
		t.Fatalf("before any preview: %+v", s)
	}
	now := time.Unix(1_800_000_000, 0)
	shown := measured(func(d *DocumentMeasurements) {
		d.Look, d.PortraitAge, d.OutlineAge, d.Covered = drawnLook(3), 2, 3, 0.01
	})
	f.Preview(shown, now)
	s := f.Sighting()
	if s == nil || !s.Found || s.Width != shown.Width || s.Height != shown.Height || s.Corners != shown.Document.Corners ||
		s.Confidence != shown.Document.Confidence || s.Portrait != shown.Document.Portrait || s.PortraitAge != 2 ||
		s.OutlineAge != 3 || s.Covered != shown.Document.Covered {
		t.Fatalf("after a document: %+v", s)
	}
	f.Preview(measured(func(d *DocumentMeasurements) { *d = DocumentMeasurements{Print: d.Print} }), now)
	if s = f.Sighting(); s == nil || s.Found {
		t.Fatalf("after a frame that shows none: %+v", s)
	}
	for n := 1; n <= 2; n++ {
		f.Preview(measured(func(d *DocumentMeasurements) { *d = DocumentMeasurements{Print: d.Print, Glances: n} }), now)
		if s = f.Sighting(); n == 1 && (s == nil || s.Found || s.Glances != 1) || n == 2 && s != nil {
			t.Fatalf("after %d glances, of which two are in a row and then a whole search: %+v", n, s)
		}
	}
	f.Preview(shown, now)
	if _, err := f.ChangeDocument(Passport); err != nil {
		t.Fatal(err)
	}
	if s = f.Sighting(); s != nil {
		t.Fatalf("of another document: %+v", s)
	}
	if s = SightingOf(&Measurements{Face: &FaceMeasurements{Count: 1}}); s != nil {
		t.Fatalf("of a face: %+v", s)
	}
}

// drawnLook is the look of a document of a number.
func drawnLook(number int) []byte {
	look := make([]byte, LookColumns*LookRows)
	for i := range look {
		look[i] = byte(60 + (i*i*(number+7)+31*i*number)%140)
	}
	return look
}

func TestAPortraitCountsForTheSameDocumentForASecond(t *testing.T) {
	same := drawnLook(1)
	trembling := drawnLook(1)
	for i := range trembling {
		trembling[i] += byte(i % 5)
	}
	for name, tt := range map[string]struct {
		s    *Sighting
		look []byte
		want bool
	}{
		"the same document":          {&Sighting{Found: true, Portrait: 0.9, Look: same}, trembling, true},
		"for the last time":          {&Sighting{Found: true, Portrait: 0.9, Look: same, PortraitAge: 3}, same, true},
		"no longer":                  {&Sighting{Found: true, Portrait: 0.9, Look: same, PortraitAge: 4}, same, false},
		"another document":           {&Sighting{Found: true, Portrait: 0.9, Look: same}, drawnLook(2), false},
		"no portrait was seen":       {&Sighting{Found: true, Portrait: 0.2, Look: same}, same, false},
		"nothing was seen":           {&Sighting{Portrait: 0.9, Look: same}, same, false},
		"what was seen is not known": {&Sighting{Found: true, Portrait: 0.9}, same, false},
		"no preview before":          {nil, same, false},
	} {
		if got := tt.s.Carries(tt.look); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// Where no outline is seen only a look that has hardly changed tells that the document is there.
func TestADocumentWithoutAnOutlineStaysWhereNothingChanges(t *testing.T) {
	same, moved := drawnLook(1), drawnLook(1)
	for i := range moved {
		moved[i] += byte(i % 7 * i % 53)
	}
	s := &Sighting{Found: true, Look: same}
	if alike, _ := Alike(same, moved); alike < 0.9 || alike > 0.96 || !s.Holds(moved) || s.Stays(moved) {
		t.Errorf("alike %.3f: holds %v, stays %v", alike, s.Holds(moved), s.Stays(moved))
	}
	if !s.Stays(same) || s.Stays(nil) || (*Sighting)(nil).Stays(same) {
		t.Error("the same look stays, and none does not")
	}
	if (&Sighting{Found: true, Look: same, OutlineAge: 4}).Stays(same) || (&Sighting{Look: same}).Stays(same) {
		t.Error("what was looked into a second ago stays, or what was not seen")
	}
}

func TestADoubtfulOutlineCountsForTheSameDocumentForASecond(t *testing.T) {
	same := drawnLook(1)
	for name, tt := range map[string]struct {
		s    *Sighting
		look []byte
		want bool
	}{
		"the same document":          {&Sighting{Found: true, Look: same}, same, true},
		"for the last time":          {&Sighting{Found: true, Look: same, OutlineAge: 3}, same, true},
		"no longer":                  {&Sighting{Found: true, Look: same, OutlineAge: 4}, same, false},
		"another document":           {&Sighting{Found: true, Look: same}, drawnLook(2), false},
		"no outline":                 {&Sighting{Found: true, Look: same}, nil, false},
		"nothing was seen":           {&Sighting{Look: same}, same, false},
		"what was seen is not known": {&Sighting{Found: true}, same, false},
		"no preview before":          {nil, same, false},
	} {
		if got := tt.s.Holds(tt.look); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
