package subject

import (
	"context"
	"strings"
	"time"

	"visavis/capture"
	"visavis/identity"
)

// timed is how many pictures of a step are timed.
const timed = 40

// timing asks one worker at a time, so that each call has a core of its own: from the
// call to the answer, the way over the pipe included. Previews are 1280 pixels wide. A
// still's analysis reads the machine readable zone, where there is one; zone is the
// verification's reading of the whole picture, later and on its own.
func timing(ctx context.Context, b *bench, s *section) error {
	rows, err := b.table(s, "frames.tsv")
	if err != nil {
		return err
	}
	var preview, still, withZone, zone, print []float64
	for _, r := range rows {
		if !isGood(r) || len(still) >= timed {
			continue
		}
		p, err := load(b.Dir, r["file"])
		if err != nil {
			return err
		}
		step, doc := r.asked()
		f, err := p.preview(step, doc)
		if err != nil {
			return err
		}
		if err := b.clock(ctx, f, &preview); err != nil {
			return err
		}
		if f, err = p.frame(step, doc); err != nil {
			return err
		}
		if err := b.clock(ctx, f, &still); err != nil {
			return err
		}
		if r.zone() != nil {
			withZone = append(withZone, still[len(still)-1])
		}
		began := time.Now()
		if _, err := b.Engine.ReadZone(ctx, identity.ZoneRequest{JPEG: p.jpeg}); passable(err) != nil {
			s.note("Zones not timed: %v.", err)
		} else {
			zone = append(zone, milliseconds(began))
		}
		began = time.Now()
		if _, err := b.Engine.ReadFields(ctx, identity.FieldRequest{
			JPEG: p.jpeg, Side: identity.Front, Kind: identity.KindUnknown}); passable(err) != nil {
			s.note("Print not timed: %v.", err)
		} else {
			print = append(print, milliseconds(began))
		}
	}
	figures := func(key string, v []float64) {
		s.quantile("time."+key+"_p50_ms", v, 0.5)
		s.quantile("time."+key+"_p95_ms", v, 0.95)
	}
	figures("document.preview", preview)
	figures("document.still", still)
	figures("document.zone", zone)
	figures("document.still_mrz", withZone)
	figures("document.print", print)
	return b.timeSelfies(ctx, s, figures)
}

func (b *bench) timeSelfies(ctx context.Context, s *section, figures func(string, []float64)) error {
	rows, err := b.table(s, "faces.tsv")
	if err != nil {
		return err
	}
	var preview, still, compare []float64
	for _, r := range rows {
		if r["faces"] != "1" || len(still) >= timed || strings.Contains(r["pose"], "rotated") {
			continue
		}
		p, err := load(b.Dir, r["file"])
		if err != nil {
			return err
		}
		f, err := capture.NewFrame(capture.Selfie, capture.Still, "", 1, time.Time{}, p.jpeg)
		if err != nil {
			continue // too small for a still
		}
		if err := b.clock(ctx, f, &still); err != nil {
			return err
		}
		if f, err = p.preview(capture.Selfie, ""); err != nil {
			return err
		}
		if err := b.clock(ctx, f, &preview); err != nil {
			return err
		}
		began := time.Now()
		if _, err := b.Engine.CompareFaces(ctx, identity.FacePair{A: p.jpeg, B: p.jpeg}); passable(err) != nil {
			s.note("Comparison not timed: %v.", err)
		} else {
			compare = append(compare, milliseconds(began))
		}
	}
	figures("selfie.preview", preview)
	figures("selfie.still", still)
	figures("selfie.comparison", compare)
	return nil
}

// clock times one frame.
func (b *bench) clock(ctx context.Context, f capture.Frame, times *[]float64) error {
	began := time.Now()
	if _, err := b.Engine.Analyze(ctx, f); passable(err) != nil {
		return err
	}
	*times = append(*times, milliseconds(began))
	return nil
}

func milliseconds(began time.Time) float64 { return float64(time.Since(began).Microseconds()) / 1000 }
