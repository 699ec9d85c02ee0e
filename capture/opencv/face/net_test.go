package face

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNetSumsAreThoseOfTheScript(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "scripts", "models.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []model{detectModel(), landmarkModel(), eyeModel(), poseModel(), featureModel()} {
		if !strings.Contains(string(data), m.sum+"  "+m.file+"\n") {
			t.Errorf("%s with sum %s is not in scripts/models.sum", m.file, m.sum)
		}
	}
}

func TestNetMissingOrChangedModelIsAnError(t *testing.T) {
	dir := t.TempDir()
	if _, err := New(dir); !errors.Is(err, ErrModels) || !strings.Contains(err.Error(), "fr_detect.onnx") {
		t.Errorf("empty folder: %v, want ErrModels naming fr_detect.onnx", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fr_detect.onnx"), []byte("not a network"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(dir); !errors.Is(err, ErrModels) {
		t.Errorf("changed file: %v, want ErrModels before OpenCV sees it", err)
	}
}

func TestFaceSuppression(t *testing.T) {
	got := suppress([]detection{
		{x: 10, y: 10, w: 20, h: 20, score: 0.7},
		{x: 0, y: 0, w: 50, h: 50, score: 0.9},
		{x: 100, y: 0, w: 50, h: 50, score: 0.8},
	})
	if len(got) != 2 || got[0].score != 0.9 || got[1].score != 0.8 {
		t.Errorf("kept %+v, want the two that do not overlap, best first", got)
	}
}

func TestFaceTurnedBack(t *testing.T) {
	// A box at the top left of a picture of 200 × 100, seen after each turn.
	want := detection{x: 10, y: 20, w: 30, h: 40}
	for turns, seen := range map[int]detection{
		1: {x: 100 - 20 - 40, y: 10, w: 40, h: 30},
		2: {x: 200 - 10 - 30, y: 100 - 20 - 40, w: 30, h: 40},
		3: {x: 20, y: 200 - 10 - 30, w: 40, h: 30},
	} {
		got := seen.turnedBack(turns, 200, 100)
		if got.x != want.x || got.y != want.y || got.w != want.w || got.h != want.h || got.turns != turns {
			t.Errorf("%d quarter turns: %+v, want %+v", turns, got, want)
		}
	}
}
