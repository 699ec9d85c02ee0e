package opencv

import (
	"errors"
	"testing"

	"visavis/capture/opencv/print"
	"visavis/identity"
)

func TestVizWithoutLanguageFiles(t *testing.T) {
	t.Setenv("TESSDATA_PREFIX", t.TempDir())
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for range 2 {
		_, err := a.ReadFields(t.Context(), identity.FieldRequest{Side: identity.Front})
		if !errors.Is(err, print.ErrNoPrintReader) {
			t.Fatalf("without language files: %v, want %v", err, print.ErrNoPrintReader)
		}
	}
}
