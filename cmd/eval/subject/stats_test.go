package subject

import (
	"math"
	"testing"

	"visavis/capture"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %.5f, want %.5f", what, got, want)
	}
}

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		name         string
		right, wrong []float64
		want         float64
	}{
		{"all on their side", []float64{1, 2, 3}, []float64{4, 5}, 1},
		{"all on the other", []float64{4, 5}, []float64{1, 2, 3}, 0},
		{"no difference", []float64{1, 1, 1}, []float64{1, 1}, 0.5},
		{"one of four pairs turned", []float64{1, 3}, []float64{2, 4}, 0.75},
		{"ties count half", []float64{1, 2}, []float64{2, 3}, 0.875},
	} {
		got, lo, hi := AUC(c.right, c.wrong)
		near(t, c.name, got, c.want, 1e-9)
		if lo > got || hi < got || lo < 0 || hi > 1 {
			t.Errorf("%s: interval %.3f to %.3f around %.3f", c.name, lo, hi, got)
		}
	}
	// DeLong by hand: the placements of the wrong are 1/2, 1, those of the right 1, 1/2,
	// each with variance 1/8; 1/8/2 + 1/8/2 = 1/8.
	_, lo, _ := AUC([]float64{1, 3}, []float64{2, 4})
	near(t, "DeLong's low end", lo, math.Max(0, 0.75-1.959964*math.Sqrt(0.125)), 1e-6)
	if _, lo, hi := AUC(nil, []float64{1}); lo != 0 || hi != 1 {
		t.Error("an area without right cases says something")
	}
}

func TestBootstrapIsFixedAndCoversTheMean(t *testing.T) {
	values := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	figure := func(drawn []int) float64 {
		sum := 0.0
		for _, i := range drawn {
			sum += values[i]
		}
		return sum / float64(len(drawn))
	}
	lo, hi := bootstrap(len(values), figure)
	again, _ := bootstrap(len(values), figure)
	if lo != again {
		t.Errorf("two runs give %.3f and %.3f", lo, again)
	}
	// Standard error of the mean: 2.87/√10 = 0.91.
	near(t, "low", lo, 5.5-1.78, 0.35)
	near(t, "high", hi, 5.5+1.78, 0.35)
}

func TestTarAt(t *testing.T) {
	other := make([]float64, 1000)
	for i := range other {
		other[i] = float64(i) / 1000
	}
	same := []float64{0.5, 0.985, 0.9895, 0.995, 2}
	tar, threshold := tarAt(same, other, 1e-2)
	near(t, "threshold at 1 %", threshold, 0.989, 1e-9)
	near(t, "share over it", tar, 0.6, 1e-9)
	tar, threshold = tarAt(same, other, 1e-3)
	near(t, "threshold at 1 in 1000", threshold, 0.998, 1e-9)
	near(t, "share over it", tar, 0.2, 1e-9)
}

func TestIoU(t *testing.T) {
	square := func(x, y, side float64) quad {
		return quad{{X: x, Y: y}, {X: x + side, Y: y}, {X: x + side, Y: y + side}, {X: x, Y: y + side}}
	}
	turned := func(q quad) quad { return quad{q[2], q[3], q[0], q[1]} }
	mirrored := func(q quad) quad { return quad{q[0], q[3], q[2], q[1]} }
	a := square(0, 0, 10)
	for name, c := range map[string]struct {
		b    quad
		want float64
	}{
		"itself":               {a, 1},
		"from another corner":  {turned(a), 1},
		"the other way around": {mirrored(a), 1},
		"half beside it":       {square(5, 0, 10), 50.0 / 150},
		"inside":               {square(2, 2, 5), 0.25},
		"elsewhere":            {square(20, 20, 5), 0},
		"a diamond in it":      {quad{{X: 5, Y: 0}, {X: 10, Y: 5}, {X: 5, Y: 10}, {X: 0, Y: 5}}, 0.5},
		"nothing":              {quad{}, 0},
	} {
		near(t, name, iou(a, c.b), c.want, 1e-9)
		near(t, name+", exchanged", iou(c.b, a), c.want, 1e-9)
	}
	q := quad{{X: 0, Y: 0}, {X: 85.6, Y: 0}, {X: 85.6, Y: 53.98}, {X: 0, Y: 53.98}}
	near(t, "a card's proportion", q.proportion(), cardProportion, 1e-9)
}

func TestGoals(t *testing.T) {
	for _, c := range []struct {
		figure figure
		known  bool
		met    bool
	}{
		{figure{key: "locate.mean_iou", value: 0.95, n: 10}, true, true},
		{figure{key: "locate.mean_iou", value: 0.949, n: 10}, true, false},
		{figure{key: "locate.drawn.mean_iou", value: 0.9, n: 8}, true, false},
		{figure{key: "locate.drawn.mean_iou", value: 0.9, n: 7}, false, false},
		{figure{key: "quality.glare.graded.auc", value: 0.99, n: 90}, true, true},
		{figure{key: "mrz.wrong_accepted", value: 1, n: 80}, true, false},
		{figure{key: "mrz.formats.TD1", value: 0.1, n: 80}, false, false},
	} {
		g, known := goalOf(c.figure)
		if known != c.known || known && g.met(c.figure.value) != c.met {
			t.Errorf("%+v: goal %+v, known %v", c.figure, g, known)
		}
	}
}

func TestPoseInWords(t *testing.T) {
	for _, c := range []struct {
		words string
		yaw   float64
		pitch float64
		roll  float64
		want  float64
	}{
		{"frontal", 10, -9, 3, 0},
		{"frontal", 25, 0, 0, 10},
		{"three-quarter", -35, 0, 0, 0},
		{"yaw about -25", 20, 0, 0, 5},
		{"rotated by 90", 0, 0, -80, 10},
		{"pitch up", 0, 2, 0, 10},
	} {
		got, known := poseError(c.words, capture.FaceMeasurements{Yaw: c.yaw, Pitch: c.pitch, Roll: c.roll})
		if !known {
			t.Errorf("%q is not known", c.words)
		}
		near(t, c.words, got, c.want, 1e-9)
	}
	if _, known := poseError("", capture.FaceMeasurements{}); known {
		t.Error("no words mean something")
	}
}
