package main

import (
	"bytes"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/capture"
	"visavis/document"
	"visavis/identity"
	"visavis/specimen"
	"visavis/testkit"
)

// shotOf is a camera picture of one side of a drawn document.
func shotOf(t *testing.T, d *specimen.Document, view specimen.View, seed uint64, assets *specimen.Assets) []byte {
	t.Helper()
	shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Background: specimen.Wood, Seed: seed, Width: 1920,
		Height: 1080}, d, assets)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, shot.At(0.5), &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Drawn cards of other states and the driving licence, read by real workers as a
// phone's stills are: which series they are, what they say, whether they pass.
func TestDocumentsOfTheTableAreRead(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		testkit.Lacking(t, testkit.RequireSpecimen, "specimens cannot be drawn: %v", err)
	}
	p := realWorkers(t, 1)
	fields, right := 0, 0
	for _, kind := range slices.Concat(specimen.ForeignKinds(), []specimen.Kind{specimen.DrivingLicence}) {
		for seed := uint64(1); seed <= 1; seed++ {
			d, err := specimen.Draw(kind, seed, 0, assets)
			if err != nil {
				t.Fatal(err)
			}
			row, _ := kind.Series()
			front, back := shotOf(t, d, specimen.Front, seed, assets), shotOf(t, d, specimen.Back, seed, assets)
			zone, err := p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: back})
			if err != nil {
				t.Fatal(err)
			}
			printed, err := p.ReadFields(t.Context(), identity.FieldRequest{
				JPEG: front, Side: identity.Front, Kind: identity.KindIdentityCard})
			if err != nil {
				t.Fatal(err)
			}
			named, _ := identity.RowOf(zone.Reading, zone.Recognised, printed.Kind)
			if row.Kind == document.DrivingLicence {
				if named.Kind != row.Kind || identity.AcceptKind(named.Kind) == "" {
					t.Errorf("%s %d is called %q: title %s, lines %q", kind, seed, named.ID, printed.Kind, zone.Recognised)
				}
				continue
			}
			if named.ID != row.ID || zone.Status != identity.Valid || !slices.Equal(zone.MRZ.Lines, d.Zone) {
				t.Errorf("%s %d is called %q: %s %q", kind, seed, named.ID, zone.Status, zone.MRZ.Lines)
			}
			if printed.Kind != identity.KindIdentityCard {
				t.Errorf("%s %d: its title says %s", kind, seed, printed.Kind)
			}
			alone, listed := identity.Policy{}, identity.Policy{States: []string{row.Issuer}}
			if alone.Accept(zone.MRZ) != identity.RefusedState || listed.Accept(zone.MRZ) != "" {
				t.Errorf("%s %d: %q, listed %q", kind, seed, alone.Accept(zone.MRZ), listed.Accept(zone.MRZ))
			}
			for name, want := range map[identity.FieldName]string{
				identity.FieldSurname:    strings.ToUpper(d.Person.Surname),
				identity.FieldGivenNames: strings.Join(d.Person.GivenNames, ", "),
				identity.FieldBirthDate:  d.Person.Birth.Format(time.DateOnly),
				identity.FieldExpiryDate: d.Person.Expiry.Format(time.DateOnly),
			} {
				f, _ := printed.Field(name)
				got := f.Text
				if day, err := identity.PrintedDate(got); err == nil {
					got = day.Format(time.DateOnly)
				}
				if fields++; got == want {
					right++
				} else {
					t.Logf("%s %d: %s is read %q, want %q; %+v", kind, seed, name, got, want, printed)
				}
			}
			f, err := capture.NewFrame(capture.DocumentFront, capture.Still, capture.IdentityCard, 0, time.Now(), front)
			if err != nil {
				t.Fatal(err)
			}
			m, err := p.Analyze(t.Context(), f)
			if err != nil || m.Document == nil || m.Document.Shape != capture.ShapeCard {
				t.Errorf("%s %d: measured %+v, %v", kind, seed, m.Document, err)
			}
		}
	}
	if right*6 < fields*5 {
		t.Errorf("%d of %d printed fields are right, want 5 of 6", right, fields)
	}
}
