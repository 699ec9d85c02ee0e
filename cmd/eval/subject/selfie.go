package subject

import (
	"context"
	"image"
	"math/rand/v2"
	"strings"

	"visavis/capture"
)

// selfieQuality compares good selfies with the same ones spoilt, and the angle by the
// words of the table.
func (b *bench) selfieQuality(ctx context.Context, s *section) error {
	all, err := b.spoiltSelfies(ctx, s)
	if err != nil {
		return err
	}
	for _, c := range qualityChecks() {
		c.curve(s, "quality."+c.name+".selfie.auc", all.right, all.wrong[c.name])
	}
	return nil
}

// goodSelfie tells whether a row is a selfie to be accepted.
func goodSelfie(r Row) bool {
	return r["attack"] == "bona fide" && strings.Contains(r["pose"], "frontal") && r["faces"] == "1" &&
		strings.HasPrefix(r["eyes"], "open")
}

// spoiltSelfies judges good selfies, framed as a person would, and the same ones
// spoilt; of the angle those that the table calls turned. Once for all subjects.
func (b *bench) spoiltSelfies(ctx context.Context, s *section) (cases, error) {
	if b.spoiltFaces != nil {
		return *b.spoiltFaces, nil
	}
	out := cases{wrong: map[string][]judged{}}
	results, err := b.faces(ctx, s)
	if err != nil {
		return out, err
	}
	err = b.each(ctx, len(results), func(ctx context.Context, i int) error {
		r := results[i]
		good := goodSelfie(r.row)
		if r.count() != 1 || r.row["faces"] != "1" || !good && !turnedAway(r.row["pose"]) {
			return nil
		}
		framed, err := b.framed(r)
		if err != nil {
			return err
		}
		as, err := b.judgeSelfie(ctx, framed, r.row["file"])
		if err != nil {
			return err
		}
		wrong := map[string]judged{}
		if !good {
			wrong["angle"] = as
		}
		for k, g := range selfieGrades() {
			if !good {
				break
			}
			changed, words := g.spoil(shown{image: framed}, rand.New(rand.NewPCG(spoiltSeed+uint64(k), uint64(i))))
			if wrong[g.check], err = b.judgeSelfie(ctx, changed.image, r.row["file"]+", "+words); err != nil {
				return err
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if good {
			out.right = append(out.right, as)
		}
		for check, j := range wrong {
			out.wrong[check] = append(out.wrong[check], j)
		}
		return nil
	})
	b.spoiltFaces = &out
	return out, err
}

// framed is the picture of a row, cut as a person frames a selfie.
func (b *bench) framed(r faceResult) (*image.RGBA, error) {
	p, err := load(b.Dir, r.row["file"])
	if err != nil {
		return nil, err
	}
	img, err := decodeBytes(p.jpeg)
	if err != nil {
		return nil, err
	}
	return framedFace(img, *r.m.Face), nil
}

func (b *bench) judgeSelfie(ctx context.Context, img *image.RGBA, name string) (judged, error) {
	p, err := encode(img, stillSide, stillQuality)
	if err != nil {
		return judged{}, err
	}
	m, err := b.look(ctx, p, capture.Selfie, "")
	return judged{name, b.judge(m, capture.Selfie, "")}, err
}

// turnedAway tells whether the words of a pose mean a head that does not look into
// the camera.
func turnedAway(pose string) bool {
	for _, w := range []string{"profile", "three-quarter", "-25", "pitch", "roll", "rotated"} {
		if strings.Contains(pose, w) {
			return true
		}
	}
	return false
}

// framedFace cuts a picture as the person would hold the phone: 720 × 960, the face
// in the middle, a bit under half of the height.
func framedFace(img *image.RGBA, f capture.FaceMeasurements) *image.RGBA {
	side := f.Box[3] / 0.45 / 960
	cx, cy := f.Box[0]+f.Box[2]/2, f.Box[1]+f.Box[3]/2
	return warped(img, 720, 960, func(p capture.Point) capture.Point {
		return capture.Point{X: cx + (p.X-360)*side, Y: cy + (p.Y-480)*side}
	})
}

// selfieGrades spoil a framed selfie.
func selfieGrades() []grade {
	var list []grade
	for _, g := range grades() {
		switch g.check {
		case "blur", "dark", "bright":
			list = append(list, g)
		}
	}
	return list
}
