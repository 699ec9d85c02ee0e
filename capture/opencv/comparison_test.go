package opencv

import (
	"errors"
	"testing"

	"visavis/identity"
)

func TestFacesAreNotComparedWithoutModels(t *testing.T) {
	if _, err := new(Analyzer).CompareFaces(t.Context(), identity.FacePair{}); !errors.Is(err, ErrNoFaceModels) {
		t.Errorf("without models: %v, want ErrNoFaceModels", err)
	}
}
