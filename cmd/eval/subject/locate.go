package subject

import (
	"context"
	"strings"
)

// located are the frames of one group.
type located struct {
	found, whole, iou90 int
	ious                []float64
	falseFound, none    int
}

// locate compares the four corners with the labelled ones: all rows of
// documents.tsv that have corners, and the frames that show the document whole.
// Frames labelled bright are told apart too: there "too-bright" would be an answer
// as right as finding the document. Found is what judging takes for an outline.
func locate(ctx context.Context, b *bench, s *section) error {
	photos, err := b.table(s, "documents.tsv")
	if err != nil {
		return err
	}
	frames, err := b.table(s, "frames.tsv")
	if err != nil {
		return err
	}
	groups := map[string]*located{}
	for _, g := range []string{"", "documents.", "frames.", "bright.", "drawn."} {
		groups[g] = &located{}
	}
	rows := append(photos, frames...)
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		names := []string{"", "frames."}
		switch condition := rows[i]["condition"]; {
		case i < len(photos):
			names = []string{"", "documents."}
		case condition == "bright":
			names = append(names, "bright.")
		case condition == "cut-off":
			return nil
		}
		return b.locateOne(ctx, s, rows[i], groups, names)
	})
	if err != nil {
		return err
	}
	if err := b.locateDrawn(ctx, s, groups["drawn."]); err != nil {
		return err
	}
	for _, name := range []string{"", "documents.", "frames.", "bright.", "drawn."} {
		g := groups[name]
		key := "locate." + name
		s.rate(key+"found_rate", g.found, g.whole)
		s.mean(key+"mean_iou", g.ious)
		s.rate(key+"iou90_rate", g.iou90, g.whole)
		s.rate(key+"false_found_rate", g.falseFound, g.none)
	}
	return nil
}

func (b *bench) locateOne(ctx context.Context, s *section, r Row, groups map[string]*located, names []string) error {
	want, known, err := r.corners()
	if err != nil {
		return err
	}
	if !known && r["condition"] != "none" {
		return nil
	}
	step, doc := r.asked()
	m, err := b.measure(ctx, r["file"], step, doc)
	if err != nil {
		return err
	}
	seen := found(b.judge(m, step, doc))
	got := 0.0
	if known && seen && m.Document != nil {
		got = iou(quad(m.Document.Corners), want.scaled(pictureScale(r, m.Width, m.Height)))
	}
	s.mu.Lock()
	for _, name := range names {
		groups[name].add(known, seen, got)
	}
	s.mu.Unlock()
	switch {
	case known && got < 0.9:
		s.worst("locate", 1-got, "%s (%s): found %v, IoU %.3f", r["file"], strings.TrimSpace(r["condition"]), seen, got)
	case !known && seen:
		s.worst("locate", 1, "%s: a document found where there is none", r["file"])
	}
	return nil
}

func (g *located) add(known, seen bool, got float64) {
	if !known {
		g.none++
		if seen {
			g.falseFound++
		}
		return
	}
	g.whole++
	if seen {
		g.found++
	}
	if got >= 0.9 {
		g.iou90++
	}
	g.ious = append(g.ious, got)
}

// pictureScale is the size of the measured picture over that of the labelled one:
// a picture that is too large is sent smaller.
func pictureScale(r Row, width, height int) float64 {
	labelled := max(integer(r["width"]), integer(r["height"]))
	if labelled == 0 || width == 0 {
		return 1
	}
	return float64(max(width, height)) / float64(labelled)
}

func (b *bench) locateDrawn(ctx context.Context, s *section, g *located) error {
	frames, err := b.drawnFrames(ctx, s)
	if err != nil {
		return err
	}
	return b.each(ctx, len(frames), func(ctx context.Context, i int) error {
		f := frames[i]
		m, err := b.look(ctx, f.picture, f.step, f.doc)
		if err != nil {
			return err
		}
		seen := found(b.judge(m, f.step, f.doc))
		got := 0.0
		if seen && m.Document != nil {
			got = iou(quad(m.Document.Corners), f.corners)
		}
		s.mu.Lock()
		g.add(true, seen, got)
		s.mu.Unlock()
		if got < 0.9 {
			s.worst("locate.drawn", 1-got, "%s: found %v, IoU %.3f", f.name, seen, got)
		}
		return nil
	})
}
