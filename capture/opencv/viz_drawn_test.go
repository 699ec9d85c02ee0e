package opencv

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/identity"
	"visavis/specimen"
)

// drawnPicture is a camera picture of a drawn document and what stands on it.
type drawnPicture struct {
	name string
	jpeg []byte
	kind identity.Kind
	side identity.Side
	want map[identity.FieldName]string
}

var kindsOf = map[specimen.Kind]identity.Kind{
	specimen.IdentityCard: identity.KindIdentityCard, specimen.OldFrenchCard: identity.KindIdentityCard,
	specimen.ResidencePermit: identity.KindResidencePermit, specimen.Passport: identity.KindPassport,
}

// drawPictures takes pictures of the document of a seed: of its front, and of the
// old card's back too, which has the expiry date.
func drawPictures(t testing.TB, assets *specimen.Assets, kind specimen.Kind, seed uint64) []drawnPicture {
	t.Helper()
	d, err := specimen.Draw(kind, seed, 0, assets)
	if err != nil {
		t.Fatal(err)
	}
	p := d.Person
	want := map[identity.FieldName]string{
		identity.FieldSurname:    strings.ToUpper(p.Surname),
		identity.FieldGivenNames: strings.Join(p.GivenNames, ", "),
		identity.FieldBirthDate:  p.Birth.Format(time.DateOnly),
	}
	front := drawnPicture{side: identity.Front, want: want}
	sides := []drawnPicture{front}
	if kind == specimen.OldFrenchCard {
		// The old front prints ten years.
		sides = append(sides, drawnPicture{side: identity.Back, want: map[identity.FieldName]string{
			identity.FieldExpiryDate: p.Expiry.AddDate(-5, 0, 0).Format(time.DateOnly),
		}})
	} else {
		want[identity.FieldExpiryDate] = p.Expiry.Format(time.DateOnly)
	}
	backgrounds := []specimen.Background{specimen.Wood, specimen.Fabric, specimen.Plain, specimen.DarkDesk}
	for i := range sides {
		s := &sides[i]
		s.kind = kindsOf[kind]
		s.name = fmt.Sprintf("%s %d %s", kind, seed, s.side)
		view := specimen.Front
		if s.side == identity.Back {
			view = specimen.Back
		}
		shot, err := specimen.NewShot(specimen.ShotRequest{
			View: view, Background: backgrounds[seed%4], Seed: seed, Width: 1920, Height: 1080,
		}, d, assets)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, shot.At(0.5), &jpeg.Options{Quality: 85}); err != nil {
			t.Fatal(err)
		}
		s.jpeg = b.Bytes()
	}
	return sides
}

// fieldRates counts exact readings.
type fieldRates map[identity.FieldName][2]int

func (r fieldRates) add(t testing.TB, s drawnPicture, got identity.PrintedSide) {
	t.Helper()
	for name, want := range s.want {
		f, _ := got.Field(name)
		text := f.Text
		if day, err := identity.PrintedDate(text); err == nil {
			text = day.Format(time.DateOnly)
		}
		n := r[name]
		n[1]++
		if text == want {
			n[0]++
		} else {
			t.Logf("%s: %s %q (%.2f), want %q", s.name, name, text, f.Confidence, want)
		}
		r[name] = n
	}
}

// TestVizFieldsOfDrawnDocuments reads a document of each kind. Over 60 pictures 191
// of 192 fields come out to the letter, so that two wrong ones here are a change for
// the worse. One seed only: drawing under the race detector takes longest.
func TestVizFieldsOfDrawnDocuments(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	kinds := specimen.Kinds()
	drawn := make([][]drawnPicture, len(kinds))
	t.Run("draw", func(t *testing.T) {
		for i, kind := range kinds {
			t.Run(string(kind), func(t *testing.T) {
				t.Parallel()
				drawn[i] = drawPictures(t, assets, kind, 100)
			})
		}
	})
	rates := fieldRates{}
	for _, s := range slices.Concat(drawn...) {
		got, err := a.ReadFields(t.Context(), identity.FieldRequest{JPEG: s.jpeg, Side: s.side, Kind: s.kind})
		if err != nil {
			t.Fatal(err)
		}
		rates.add(t, s, got)
	}
	right, all := 0, 0
	for name, r := range rates {
		t.Logf("%-12s %d of %d exact", name, r[0], r[1])
		right, all = right+r[0], all+r[1]
	}
	if all != 16 || right < all-1 {
		t.Errorf("%d of %d fields exact, want 15 of 16", right, all)
	}
}
