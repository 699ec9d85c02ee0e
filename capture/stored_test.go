package capture

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestAStoredFlowIsChecked(t *testing.T) {
	whole := func() *Flow {
		r := rehearse(t, IdentityCard, true)
		r.accept(goodDocument())
		r.at(DocumentFront, PhaseTilt)
		b, err := json.Marshal(r.flow)
		if err != nil {
			t.Fatal(err)
		}
		var f Flow
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		return &f
	}
	if err := whole().Check(); err != nil {
		t.Fatalf("a flow of ours: %v", err)
	}
	for name, damage := range map[string]func(f *Flow){
		"an unknown document":       func(f *Flow) { f.Document = "library-card" },
		"a step too few":            func(f *Flow) { f.Steps = f.Steps[:2] },
		"steps in another order":    func(f *Flow) { f.Steps[0].Step, f.Steps[1].Step = DocumentBack, DocumentFront },
		"an unknown phase":          func(f *Flow) { f.Steps[0].Phase = "dance" },
		"no phase":                  func(f *Flow) { f.Steps[2].Phase = "" },
		"a tilt without its edge":   func(f *Flow) { f.Steps[0].Moves.Gestures = nil },
		"a tilt that nobody drew":   func(f *Flow) { f.Steps[0].Moves = nil },
		"a tilt that is a gesture":  func(f *Flow) { f.Steps[0].Moves.Gestures[0] = ComeCloser },
		"an index beyond the edges": func(f *Flow) { f.Steps[0].Moves.Index = 1 },
		"stills below none":         func(f *Flow) { f.Steps[0].Stills = -1 },
		"more stills than there is": func(f *Flow) { f.Steps[0].Stills = MaxStills + 1 },
	} {
		f := whole()
		damage(f)
		if err := f.Check(); !errors.Is(err, errStored) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}
