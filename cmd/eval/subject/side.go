package subject

import (
	"context"
	"slices"
	"strings"

	"visavis/capture"
	"visavis/identity"
)

// The sides that are told apart.
const (
	sideFront   = "front"
	sideBack    = "back"
	sidePage    = "data page"
	sideNeither = "neither"
)

// cardProportion is that of an ID-1 card; a labelled outline that is far from it
// shows both sides in one picture.
const cardProportion = 85.60 / 53.98

// side asks which side a frame shows. Of the real frames: data pages and visas are
// data pages, TD1 are backs (a picture of both sides is left out), frames without a
// document are neither. Fronts are drawn.
func side(ctx context.Context, b *bench, s *section) error {
	rows, err := b.table(s, "frames.tsv")
	if err != nil {
		return err
	}
	right, n := map[string]int{}, map[string]int{}
	count := func(want, key, name string, got []string) {
		ok := slices.Equal(got, []string{want})
		s.mu.Lock()
		for _, k := range []string{key, key + "." + strings.ReplaceAll(want, " ", "_")} {
			n[k]++
			if ok {
				right[k]++
			}
		}
		s.mu.Unlock()
		if !ok {
			s.worst("side."+key, 1, "%s: %s taken for %s", name, want, strings.Join(got, " or "))
		}
	}
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		r := rows[i]
		want, err := sideOf(r)
		if err != nil || want == "" {
			return err
		}
		got, err := b.sidesSeen(func(step capture.Step, doc capture.Document) (capture.Measurements, error) {
			return b.measure(ctx, r["file"], step, doc)
		}, want)
		count(want, "real", r["file"]+" ("+r["condition"]+")", got)
		return err
	})
	if err != nil {
		return err
	}
	frames, err := b.drawnFrames(ctx, s)
	if err != nil {
		return err
	}
	err = b.each(ctx, len(frames), func(ctx context.Context, i int) error {
		f := frames[i]
		got, err := b.sidesSeen(func(step capture.Step, doc capture.Document) (capture.Measurements, error) {
			return b.look(ctx, f.picture, step, doc)
		}, f.side)
		count(f.side, "drawn", f.name, got)
		return err
	})
	if err != nil {
		return err
	}
	s.rate("side.accuracy", right["real"], n["real"])
	s.rate("side.drawn.accuracy", right["drawn"], n["drawn"])
	for _, group := range []string{"real", "drawn"} {
		for _, want := range []string{"front", "back", "data_page", "neither"} {
			s.rate("side."+group+"."+want, right[group+"."+want], n[group+"."+want])
		}
	}
	s.note("Frames that are good, rotated, tilted or far, and those without a document. An old French card's front and " +
		"a data page look alike (portrait, two lines, the same proportions): where the one is seen, the other is no error.")
	return nil
}

// sideOf is the side that a row of frames.tsv shows; empty where it is left out.
func sideOf(r Row) (string, error) {
	if r["condition"] == "none" {
		return sideNeither, nil
	}
	if !slices.Contains([]string{"good", "rotated", "tilted", "far"}, r["condition"]) {
		return "", nil
	}
	switch format := identity.Format(r["mrz_type"]); {
	case format == identity.TD3 || format.Visa():
		return sidePage, nil
	case format == identity.TD1:
		q, known, err := r.corners()
		if p := q.proportion(); !known || p < cardProportion*0.85 || p > cardProportion*1.15 {
			return "", err
		}
		return sideBack, nil
	}
	return "", nil
}

// sidesSeen asks judging about each side in turn and returns those it takes the
// frame for.
func (b *bench) sidesSeen(measure func(capture.Step, capture.Document) (capture.Measurements, error),
	want string) ([]string, error) {
	var seen []string
	for _, ask := range []struct {
		side string
		step capture.Step
		doc  capture.Document
	}{
		{sideFront, capture.DocumentFront, capture.IdentityCard},
		{sideBack, capture.DocumentBack, capture.IdentityCard},
		{sidePage, capture.DocumentFront, capture.Passport},
	} {
		m, err := measure(ask.step, ask.doc)
		if err != nil {
			return nil, err
		}
		v := b.judge(m, ask.step, ask.doc)
		if found(v) && sideHolds(v) {
			seen = append(seen, ask.side)
		}
	}
	if slices.Contains(seen, sideFront) && slices.Contains(seen, sidePage) && !slices.Contains(seen, sideBack) {
		// Both have a portrait and two lines; the same proportions tell no more.
		other := sideFront
		if want == sideFront {
			other = sidePage
		}
		seen = slices.DeleteFunc(seen, func(x string) bool { return x == other })
	}
	if len(seen) == 0 {
		seen = []string{sideNeither}
	}
	return seen, nil
}

// sideHolds tells whether the check of the side holds, and the one of the shape
// where it was made.
func sideHolds(v capture.Verdict) bool {
	holds := v.Good
	for _, c := range v.Checks {
		if c.Name == "side" {
			holds = c.OK
		}
	}
	for _, c := range v.Checks {
		if c.Name == "shape" && !c.OK {
			return false
		}
	}
	return holds
}
