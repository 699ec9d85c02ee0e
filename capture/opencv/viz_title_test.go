package opencv

import (
	"testing"

	"visavis/identity"
	"visavis/specimen"
)

// A document without a zone that can be read is told by its title.
func TestVizTitleOfDrivingLicence(t *testing.T) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for seed := range uint64(3) {
		d, err := specimen.Draw(specimen.DrivingLicence, seed, 0, assets)
		if err != nil {
			t.Fatal(err)
		}
		shot, err := specimen.NewShot(specimen.ShotRequest{View: specimen.Front, Seed: seed, Width: 1920, Height: 1080}, d,
			assets)
		if err != nil {
			t.Fatal(err)
		}
		jpeg, err := specimen.EncodeJPEG(shot.At(0), 90)
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.ReadFields(t.Context(), identity.FieldRequest{
			JPEG: jpeg, Side: identity.Front, Kind: identity.KindIdentityCard})
		if err != nil {
			t.Fatal(err)
		}
		if got.Kind != identity.KindDrivingLicence {
			t.Errorf("seed %d: kind %q with %d words, want %q", seed, got.Kind, got.Words, identity.KindDrivingLicence)
		}
	}
}
