package subject

import (
	"context"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"visavis/capture"
)

// faceResult is one row of faces.tsv, measured.
type faceResult struct {
	row Row
	m   capture.Measurements
	v   capture.Verdict
}

// count of the faces that judging sees.
func (f faceResult) count() int {
	if f.m.Face == nil {
		return 0
	}
	return f.m.Face.Count
}

// face counts faces, judges eyes as shipped, and measures the pose: roll by turning
// upright faces, the words of the table for the rest.
func face(ctx context.Context, b *bench, s *section) error {
	results, err := b.faces(ctx, s)
	if err != nil {
		return err
	}
	counted := 0
	var open, closed []float64 // 1 right, 0 wrong
	var pose []float64
	for _, r := range results {
		file := r.row["file"]
		ok := strconv.Itoa(r.count()) == r.row["faces"]
		counted += one(ok)
		if !ok {
			s.worst("face.count", 3, "%s: %s faces, %d found", file, r.row["faces"], r.count())
		}
		if r.count() != 1 || r.row["faces"] != "1" {
			continue
		}
		seenOpen, judged := checkHolds(r.v, "eyes-open")
		switch want := r.row["eyes"]; {
		case !judged:
		case strings.HasPrefix(want, "open"):
			open = append(open, float64(one(seenOpen)))
			if !seenOpen {
				s.worst("face.eyes", 2, "%s: eyes open, judged closed (%.2f)", file, r.m.Face.EyesOpen)
			}
		case strings.Contains(want, "closed"):
			closed = append(closed, float64(one(!seenOpen)))
			if seenOpen {
				s.worst("face.eyes", 2, "%s: eyes %s, judged open (%.2f)", file, want, r.m.Face.EyesOpen)
			}
		}
		if e, known := poseError(r.row["pose"], *r.m.Face); known {
			pose = append(pose, e)
			if e > 8 {
				s.worst("face.pose", e, "%s: %s, measured yaw %.0f, pitch %.0f, roll %.0f", file, r.row["pose"], r.m.Face.Yaw,
					r.m.Face.Pitch, r.m.Face.Roll)
			}
		}
	}
	s.rate("face.count_accuracy", counted, len(results))
	balanced(s, "face.eyes_accuracy", open, closed)
	rolls, err := b.rolls(ctx, s, results)
	if err != nil {
		return err
	}
	s.mean("face.pose_mae_deg", append(append([]float64(nil), rolls...), pose...))
	s.mean("face.roll_mae_deg", rolls)
	s.mean("face.words_mae_deg", pose)
	return b.smallFaces(ctx, s, results)
}

// faces measures and judges every row of faces.tsv as a selfie.
func (b *bench) faces(ctx context.Context, s *section) ([]faceResult, error) {
	rows, err := b.table(s, "faces.tsv")
	if err != nil {
		return nil, err
	}
	results := make([]faceResult, len(rows))
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		m, err := b.measure(ctx, rows[i]["file"], capture.Selfie, "")
		results[i] = faceResult{rows[i], m, b.judge(m, capture.Selfie, "")}
		return err
	})
	return results, err
}

// checkHolds tells how a check of a verdict came out. A good verdict without the
// check holds.
func checkHolds(v capture.Verdict, name string) (holds, judged bool) {
	for _, c := range v.Checks {
		if c.Name == name {
			return c.OK, true
		}
	}
	return v.Good, v.Good
}

// balanced adds the mean of two shares of right answers, so that the class with more
// pictures counts no more.
func balanced(s *section, key string, a, b []float64) {
	if len(a) == 0 || len(b) == 0 {
		return
	}
	n := len(a) + len(b)
	lo, hi := bootstrap(n, func(drawn []int) float64 {
		var sa, sb, na, nb float64
		for _, i := range drawn {
			if i < len(a) {
				sa, na = sa+a[i], na+1
			} else {
				sb, nb = sb+b[i-len(a)], nb+1
			}
		}
		if na == 0 || nb == 0 {
			return (mean(a) + mean(b)) / 2
		}
		return (sa/na + sb/nb) / 2
	})
	s.add(figure{key, (mean(a) + mean(b)) / 2, lo, hi, n})
}

// poseError is how many degrees a measured pose is outside what the words mean.
func poseError(words string, f capture.FaceMeasurements) (degrees float64, known bool) {
	yaw, roll := math.Abs(f.Yaw), math.Abs(f.Roll)
	outside := func(v, lo, hi float64) float64 { return max(0, lo-v, v-hi) }
	switch {
	case words == "frontal" || words == "about frontal":
		return max(outside(yaw, 0, 15), outside(math.Abs(f.Pitch), 0, 20), outside(roll, 0, 15)), true
	case strings.Contains(words, "profile"):
		return outside(yaw, 45, 100), true
	case strings.HasPrefix(words, "yaw about "):
		if v, err := strconv.ParseFloat(strings.TrimPrefix(words, "yaw about "), 64); err == nil {
			return math.Abs(yaw - math.Abs(v)), true
		}
	case words == "three-quarter":
		return outside(yaw, 20, 60), true
	case words == "slight yaw":
		return outside(yaw, 8, 35), true
	case words == "slight down":
		return outside(-f.Pitch, 5, 40), true
	case strings.Contains(words, "pitch down"):
		return outside(-f.Pitch, 12, 90), true
	case strings.Contains(words, "pitch up"):
		return outside(f.Pitch, 12, 90), true
	case words == "rotated by 180":
		return 180 - roll, true
	case words == "rotated by 90":
		return math.Abs(roll - 90), true
	case words == "roll":
		return outside(roll, 15, 60), true
	}
	return 0, false
}

// rolls turns upright faces by known angles and returns the errors of the change of
// roll. A face that is lost errs by the whole angle.
func (b *bench) rolls(ctx context.Context, s *section, results []faceResult) ([]float64, error) {
	angles := []float64{-45, -30, -15, 15, 30, 45}
	type turn struct {
		r       faceResult
		degrees float64
	}
	var turns []turn
	for _, r := range results {
		if r.row["faces"] == "1" && r.count() == 1 && strings.Contains(r.row["pose"], "frontal") {
			for _, a := range angles {
				turns = append(turns, turn{r, a})
			}
		}
	}
	errs := make([]float64, len(turns))
	err := b.each(ctx, len(turns), func(ctx context.Context, i int) error {
		p, err := b.changed(turns[i].r.row["file"], func(img *image.RGBA) *image.RGBA {
			return turned(img, turns[i].degrees)
		})
		if err != nil {
			return err
		}
		m, err := b.look(ctx, p, capture.Selfie, "")
		if err != nil {
			return err
		}
		errs[i] = math.Abs(turns[i].degrees)
		if m.Face != nil && m.Face.Count == 1 {
			// A picture turned clockwise leans to the person's own left: positive.
			errs[i] = math.Abs(math.Remainder(m.Face.Roll-turns[i].r.m.Face.Roll-turns[i].degrees, 360))
		}
		if errs[i] > 8 {
			s.worst("face.roll", errs[i], "%s turned by %.0f°: roll errs by %.0f°", turns[i].r.row["file"],
				turns[i].degrees, errs[i])
		}
		return nil
	})
	return errs, err
}

// changed is a picture of the folder, changed and encoded again.
func (b *bench) changed(file string, change func(*image.RGBA) *image.RGBA) (picture, error) {
	p, err := load(b.Dir, file)
	if err != nil {
		return p, err
	}
	img, err := decodeBytes(p.jpeg)
	if err != nil {
		return p, err
	}
	return encode(change(img), stillSide, stillQuality)
}

// smallFace is the height of a small face, pixels.
const smallFace = 40

// smallFaces scales single faces to 40 pixels, in a frame of 1280 × 720.
func (b *bench) smallFaces(ctx context.Context, s *section, results []faceResult) error {
	seen, n := 0, 0
	sought := map[string]bool{}
	err := b.each(ctx, len(results), func(ctx context.Context, i int) error {
		r := results[i]
		if r.row["faces"] != "1" || r.count() != 1 || max(r.m.Face.Box[2], r.m.Face.Box[3]) < 1 {
			return nil
		}
		k := smallFace / max(r.m.Face.Box[2], r.m.Face.Box[3])
		p, err := b.changed(r.row["file"], func(img *image.RGBA) *image.RGBA {
			k := k * float64(r.m.Width) / float64(img.Rect.Dx())
			return inFrame(resized(img, k), 1280, 720)
		})
		if err != nil {
			return err
		}
		m, err := b.look(ctx, p, capture.Selfie, "")
		if err != nil {
			return err
		}
		ok := m.Face != nil && m.Face.Count >= 1
		s.mu.Lock()
		n++
		seen += one(ok)
		sought[r.row["file"]] = ok
		s.mu.Unlock()
		if !ok {
			s.worst("face.small", 1, "%s: lost at %d pixels", r.row["file"], smallFace)
		}
		return nil
	})
	s.rate("face.recall_small", seen, n)
	countGroups(s, results, sought)
	return err
}

// inFrame puts a picture into the middle of a grey frame; what is larger is cut.
func inFrame(img *image.RGBA, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	x0, y0 := (w-img.Rect.Dx())/2, (h-img.Rect.Dy())/2
	for y := range h {
		for x := range w {
			c := color.RGBA{130, 120, 110, 255}
			if p := image.Pt(x-x0, y-y0); p.In(img.Rect) {
				c = img.RGBAAt(p.X, p.Y)
			}
			out.SetRGBA(x, y, c)
		}
	}
	return out
}
