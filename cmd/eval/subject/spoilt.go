package subject

import (
	"context"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"

	"visavis/capture"
)

// isGood tells whether a row of frames.tsv is to be accepted: rotated is no fault.
func isGood(r Row) bool { return r["condition"] == "good" || r["condition"] == "rotated" }

// spoiltSeed starts the strengths of the grades.
const spoiltSeed = 4711

// spoilt judges every good frame that may be accepted and every drawn one as it is and once spoilt by
// each grade. Once for all subjects.
func (b *bench) spoilt(ctx context.Context, s *section) (graded, drawn cases, err error) {
	if b.spoiltReal != nil {
		return *b.spoiltReal, *b.spoiltDrawn, nil
	}
	rows, err := b.table(s, "frames.tsv")
	if err != nil {
		return graded, drawn, err
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { return r["condition"] != "good" || !acceptable(r) })
	graded, err = b.spoilAll(ctx, len(rows), func(i int) (string, shown, capture.Step, capture.Document, error) {
		r := rows[i]
		step, doc := r.asked()
		q, _, err := r.corners()
		if err != nil {
			return "", shown{}, step, doc, err
		}
		p, err := load(b.Dir, r["file"])
		if err != nil {
			return "", shown{}, step, doc, err
		}
		img, err := decodeBytes(p.jpeg)
		return r["file"], shown{img, q.scaled(p.scale)}, step, doc, err
	})
	if err != nil {
		return graded, drawn, err
	}
	frames, err := b.drawnFrames(ctx, s)
	if err != nil {
		return graded, drawn, err
	}
	drawn, err = b.spoilAll(ctx, len(frames), func(i int) (string, shown, capture.Step, capture.Document, error) {
		f := frames[i]
		return f.name, shown{f.image, f.corners}, f.step, f.doc, nil
	})
	b.spoiltReal, b.spoiltDrawn = &graded, &drawn
	return graded, drawn, err
}

// spoilAll judges n good pictures as they are and spoilt.
func (b *bench) spoilAll(
	ctx context.Context, n int, good func(i int) (string, shown, capture.Step, capture.Document, error),
) (cases, error) {
	list := grades()
	right := make([]judged, n)
	wrong := make([][]judged, n)
	err := b.each(ctx, n, func(ctx context.Context, i int) error {
		name, img, step, doc, err := good(i)
		if err != nil {
			return err
		}
		judge := func(img *image.RGBA, name string) (judged, error) {
			p, err := encode(img, stillSide, stillQuality)
			if err != nil {
				return judged{}, err
			}
			m, err := b.look(ctx, p, step, doc)
			return judged{name, b.judge(m, step, doc)}, err
		}
		if right[i], err = judge(img.image, name); err != nil {
			return err
		}
		for k, g := range list {
			out, words := g.spoil(img, rand.New(rand.NewPCG(spoiltSeed+uint64(k), uint64(i))))
			j, err := judge(out.image, name+", "+words)
			if err != nil {
				return err
			}
			wrong[i] = append(wrong[i], j)
		}
		return nil
	})
	out := cases{right: right, wrong: map[string][]judged{}}
	for i := range wrong {
		for k, j := range wrong[i] {
			out.wrong[list[k].check] = append(out.wrong[list[k].check], j)
		}
	}
	return out, err
}

// shots lays the pictures of blur.tsv on a drawn table, cut to a card's shape, so
// that what a real lens does to sharpness is measured where documents are.
func (b *bench) shots(ctx context.Context, s *section) error {
	rows, err := b.table(s, "blur.tsv")
	if err != nil {
		return err
	}
	list := make([]judged, len(rows))
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		p, err := load(b.Dir, rows[i]["file"])
		if err != nil {
			return err
		}
		img, err := decodeBytes(p.jpeg)
		if err != nil {
			return err
		}
		laid, err := encode(onTable(img), stillSide, stillQuality)
		if err != nil {
			return err
		}
		m, err := b.look(ctx, laid, capture.DocumentFront, capture.IdentityCard)
		list[i] = judged{rows[i]["file"] + " (" + rows[i]["class"] + ")",
			b.judge(m, capture.DocumentFront, capture.IdentityCard)}
		return err
	})
	if err != nil {
		return err
	}
	var right, wrong []judged
	for i, j := range list {
		if rows[i]["class"] == "sharp" {
			right = append(right, j)
		} else {
			wrong = append(wrong, j)
		}
	}
	qualityChecks()[0].curve(s, "quality.blur.shots.auc", right, wrong)
	return nil
}

// onTable lays the middle of a picture, 1024 pixels wide and of a card's shape, on a
// grey table of 1280 × 960.
func onTable(img *image.RGBA) *image.RGBA {
	const w, h = 1024, 646
	k := max(float64(w)/float64(img.Rect.Dx()), float64(h)/float64(img.Rect.Dy()))
	card := resized(img, k)
	out := image.NewRGBA(image.Rect(0, 0, 1280, 960))
	x0, y0 := (1280-w)/2, (960-h)/2
	for y := range 960 {
		for x := range 1280 {
			shade := uint8(96 + (x*7+y*13)%5 + y/80)
			out.SetRGBA(x, y, color.RGBA{shade, shade - 4, shade - 10, 255})
			cx, cy := x-x0, y-y0
			if cx >= 0 && cy >= 0 && cx < w && cy < h {
				out.SetRGBA(x, y, card.RGBAAt(cx+(card.Rect.Dx()-w)/2, cy+(card.Rect.Dy()-h)/2))
			}
		}
	}
	return out
}
