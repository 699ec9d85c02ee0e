package demo

import (
	"bytes"
	"image/jpeg"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/specimen"
	"visavis/testkit"
)

func TestEveryRoleIsDrawnAsItsDocumentAsks(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	roles := cast(time.Date(2026, time.November, 29, 12, 0, 0, 0, time.UTC))
	if len(roles) != 10 {
		t.Errorf("%d roles, want ten", len(roles))
	}
	ends, kinds, seen := map[end]int{}, map[specimen.Kind]bool{}, map[string]bool{}
	for _, one := range roles {
		ends[one.to]++
		if kinds[one.kind] || one.to == begun {
			continue // drawn as the one before: pictures take their time
		}
		kinds[one.kind] = true
		drawn, err := one.draw(assets)
		if err != nil {
			t.Fatalf("applicant %s: %v", one.id, err)
		}
		if drawn.person.Surname != "Specimen" {
			t.Errorf("applicant %s is called %s", one.id, drawn.person.Surname)
		}
		for _, side := range enrolment.Sides(string(drawn.kind)) {
			body := drawn.sides[side]
			c, err := jpeg.DecodeConfig(bytes.NewReader(body))
			if err != nil || c.Width != width || c.Height != height {
				t.Errorf("applicant %s, %s: %d × %d, %v", one.id, side, c.Width, c.Height, err)
			}
			if seen[string(body)] {
				t.Errorf("applicant %s, %s: a picture of somebody before", one.id, side)
			}
			seen[string(body)] = true
		}
	}
	if len(kinds) != 4 || len(ends) < 5 || ends[waits] < 5 {
		t.Errorf("%d kinds, ends %v: want four kinds, five ends at least, and five files that wait", len(kinds), ends)
	}
}

func TestNextDay(t *testing.T) {
	for from, want := range map[string]string{"1990-12-31": "1991-01-01", "1988-02-28": "1988-02-29", "": ""} {
		if got := nextDay(from); got != want {
			t.Errorf("after %q comes %q, want %q", from, got, want)
		}
	}
}
