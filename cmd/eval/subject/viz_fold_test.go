package subject

import "testing"

// The confidence that is asked of a fold is set on the others: a wrong reading raises
// theirs, not its own.
func TestAFoldIsJudgedByTheOthers(t *testing.T) {
	names := []nameReading{
		{"a", 0.95, true}, {"b", 0.9, true}, {"c", 0.85, true}, {"d", 0.7, false}, {"e", 0.92, true}, {"f", 0.3, false},
	}
	wrong := names[3].fold()
	for k := range vizFolds {
		want := 0.75
		if k == wrong {
			want = 0.35
			if names[5].fold() == wrong {
				want = 0.05
			}
		}
		if got := sureWithout(names, k); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("fold %d asks %.2f, want %.2f", k, got, want)
		}
	}
	s := &section{}
	outOfFold(s, names)
	for _, f := range s.figures {
		if want := 1.0 / 6; f.key == "viz.fold.wrong_rate" && (f.value < want-1e-9 || f.value > want+1e-9) {
			t.Errorf("%s is %.3f, want %.3f: the one wrong name was not known to the others", f.key, f.value, want)
		}
	}
}
