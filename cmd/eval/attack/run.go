package attack

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/subject"
	"visavis/identity"
	"visavis/specimen"
)

// Engine measures pictures and compares faces, as the worker processes do.
type Engine interface {
	capture.Analyzer
	CompareFaces(ctx context.Context, pair identity.FacePair) (identity.FaceScore, error)
}

// Options of a run.
type Options struct {
	Engine    Engine
	Documents []compose.Document
	// Portraits of people, each with its name.
	Portraits   []Portrait
	Backgrounds []*image.RGBA
	Seed        uint64
	// Only is the one part that is played; empty: all. Its samples are those of a whole run.
	Only Part
	// Effort is how many captures there are, over those of a whole run.
	Effort  float64
	Workers int
	Log     io.Writer
}

// How many captures a whole run has.
const (
	honestDocuments = 80
	honestFaces     = 80
	honestCameras   = 2010 // a limit is set by the lowest few; evenly drawn sessions meet all models
	ofEachCamera    = 100
	ofEachKind      = 16
)

// job makes one sample.
type job func(ctx context.Context) (Sample, error)

// Run composes captures, honest ones and attacks, and measures them.
func Run(ctx context.Context, o Options) ([]Sample, error) {
	if len(o.Documents) == 0 || len(o.Portraits) == 0 {
		return nil, errors.New("attack: no documents or no portraits to show")
	}
	parts, err := o.jobs(ctx)
	if err != nil {
		return nil, err
	}
	samples, err := o.measured(ctx, slices.Concat(parts...))
	taken := slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool { return s.Scores == nil })
	fmt.Fprintf(o.Log, "%d of %d captures were taken: the others show the machine nothing\n", len(taken), len(samples))
	if o.plays(Camera) {
		taken = append(taken, cameras(o.Seed, o.scaled(honestCameras), o.scaled(ofEachCamera))...)
	}
	return taken, err
}

// plays tells whether a part is played.
func (o Options) plays(p Part) bool { return o.Only == "" || o.Only == p }

// jobs are the captures of documents and those of faces, which are played. Each has a number
// in its part, and everything by chance in it comes from that number: a part is the same with
// and without the others.
func (o Options) jobs(ctx context.Context) ([][]job, error) {
	var parts [][]job
	if o.plays(Document) {
		parts = append(parts, o.documents())
	}
	if !o.plays(Face) && !o.plays(Light) {
		return parts, nil
	}
	heads, err := o.heads(ctx)
	if err != nil {
		return nil, err
	}
	if o.plays(Face) {
		parts = append(parts, o.faces(heads))
	}
	if o.plays(Light) {
		parts = append(parts, o.lights(heads))
	}
	return parts, nil
}

// probeEach is of how many captures of a part a probe measures one.
const probeEach = 10

// Probe measures a few captures of drawn documents and of one portrait, which are the same
// on every machine; only those of one part unless it is empty. Where their scores differ from
// those of a probe that was measured with a table of samples, the rules that measure have
// changed, and the table is out of date.
func Probe(ctx context.Context, engine Engine, assets *specimen.Assets, portraits []Portrait,
	only Part) ([]Sample, error) {
	o := Options{Engine: engine, Portraits: portraits, Seed: 1, Only: only, Workers: 1, Log: io.Discard}
	var err error
	if o.Documents, err = compose.Drawn(1, assets); err != nil {
		return nil, err
	}
	parts, err := o.jobs(ctx)
	if err != nil {
		return nil, err
	}
	var few []job
	for _, jobs := range parts {
		for i := 0; i < len(jobs); i += probeEach {
			few = append(few, jobs[i])
		}
	}
	return o.measured(ctx, few)
}

// scaled is a number of captures, at least Folds.
func (o Options) scaled(n int) int { return max(Folds, int(o.Effort*float64(n))) }

// measured runs jobs, in their order.
func (o Options) measured(ctx context.Context, jobs []job) ([]Sample, error) {
	samples, started := make([]Sample, len(jobs)), time.Now()
	err := subject.Each(ctx, o.Workers, len(jobs), func(ctx context.Context, i int) (err error) {
		if i > 0 && i%100 == 0 {
			fmt.Fprintf(o.Log, "%d of %d captures after %.0f s\n", i, len(jobs), time.Since(started).Seconds())
		}
		samples[i], err = jobs[i](ctx)
		return err
	})
	return samples, err
}

// documents are the captures of documents.
func (o Options) documents() []job {
	c := compose.Composer{Documents: o.Documents, Backgrounds: o.Backgrounds, Seed: o.Seed}
	var jobs []job
	number := 0
	// Each document takes its turn, whatever is done with it.
	add := adding(func(n int, kind, detail string,
		change func(first, then *compose.Document, r *rand.Rand) compose.Holding) {
		for range n {
			number++
			at := number
			jobs = append(jobs, func(ctx context.Context) (Sample, error) {
				s := Sample{Part: Document, Kind: kind, Detail: detail, Of: o.Documents[at%len(o.Documents)].Name}
				for try := range tries {
					r := rand.New(rand.NewPCG(o.Seed+1, uint64(at)))
					first := o.Documents[at%len(o.Documents)]
					then, how := first, compose.Holding{}
					if change != nil {
						how = change(&first, &then, r)
					}
					preview, still, err := c.Taken(at+try<<16, first, then, how)
					if err != nil {
						return s, err
					}
					if s.Scores, err = o.document(ctx, preview, still); err != nil || s.Scores != nil {
						return s, err
					}
				}
				return s, nil
			})
		}
	})
	add(o.scaled(honestDocuments), Honest, "", nil)
	n := o.scaled(ofEachKind)
	for _, by := range compose.Printers() {
		add(n, "colour print, "+string(by), "", func(first, then *compose.Document, r *rand.Rand) compose.Holding {
			printed(first, then, by, false, r)
			return compose.Holding{}
		})
	}
	add(n, "grey copy", "", func(first, then *compose.Document, r *rand.Rand) compose.Holding {
		copied(first, then, r)
		return compose.Holding{Grey: true}
	})
	for _, by := range compose.Printers() {
		add(n/2, "laminated colour print, "+string(by), "",
			func(first, then *compose.Document, r *rand.Rand) compose.Holding {
				printed(first, then, by, false, r)
				return compose.Holding{Sheen: 25 + 20*r.Float64()}
			})
	}
	add(n, "still of another document", "", func(_, then *compose.Document, r *rand.Rand) compose.Holding {
		for was := then.Name; then.Name == was; {
			*then = o.Documents[r.IntN(len(o.Documents))]
		}
		return compose.Holding{}
	})
	for _, grid := range compose.Grids() {
		for _, away := range distances {
			add(max(2, n/3), "screen, "+string(grid), away.name,
				func(_, _ *compose.Document, r *rand.Rand) compose.Holding {
					return compose.Holding{Display: &compose.Display{Grid: grid, Pitch: away.pitch * (0.9 + 0.2*r.Float64()),
						Light: 0.5 + 0.6*r.Float64(), Bezel: r.IntN(2) == 0}}
				})
		}
	}
	o.copies(n, add)
	return jobs
}

// printed shows the print of a document in its place.
func printed(first, then *compose.Document, by compose.Printer, grey bool, r *rand.Rand) {
	first.Image = compose.Print(first.Image, by, r.IntN(len(compose.LinesAnInch())), grey, r)
	first.Printed = true
	then.Image, then.Printed = first.Image, true
}

// copied shows a copy in black alone, by any printer.
func copied(first, then *compose.Document, r *rand.Rand) {
	printed(first, then, compose.Printers()[r.IntN(len(compose.Printers()))], true, r)
}

// adding adds so many captures of documents of a kind, each held as change says.
type adding func(n int, kind, detail string, change func(first, then *compose.Document, r *rand.Rand) compose.Holding)

// copies are grey copies that colour alone does not give away at once, and genuine documents in the same light.
func (o Options) copies(n int, add adding) {
	in := func(lights compose.Lights, grey bool) func(_, _ *compose.Document, _ *rand.Rand) compose.Holding {
		return func(first, then *compose.Document, r *rand.Rand) compose.Holding {
			if grey {
				copied(first, then, r)
			}
			if lights == compose.Between && r.IntN(2) == 0 {
				return compose.Holding{Grey: grey, Lights: compose.Near}
			}
			return compose.Holding{Grey: grey, Lights: lights}
		}
	}
	add(n, Honest, "between two lights", in(compose.Between, false))
	add(n, "grey copy between two lights", "", in(compose.Between, true))
	add(n, "grey copy at the edge of two lights", "", in(compose.Edge, true))
	add(n, "grey copy with a coloured dot", "", func(first, then *compose.Document, r *rand.Rand) compose.Holding {
		copied(first, then, r)
		first.Image = compose.Dotted(first.Image, r)
		then.Image = first.Image
		return compose.Holding{}
	})
}

// distances are what a display's pixel measures in those of the picture.
var distances = []struct {
	name  string
	pitch float64
}{{"a phone's", 0.6}, {"a laptop's", 1.3}, {"a monitor's", 2.6}}

// tries is how often something is held to the camera anew in which the machine saw nothing,
// as people do who are told so.
const tries = 3

// document measures the capture of a document; nil if none was found in preview or still.
func (o Options) document(ctx context.Context, preview, still compose.Frame) (map[string]float64, error) {
	p, err := compose.Measured(ctx, o.Engine, preview.Document.Step, capture.Preview, preview.Document.Asked, preview.JPEG)
	if err != nil {
		return nil, err
	}
	m, err := compose.Measured(ctx, o.Engine, still.Document.Step, capture.Still, still.Document.Asked, still.JPEG)
	if err != nil {
		return nil, err
	}
	if !p.Document.Found || !m.Document.Found {
		return nil, nil
	}
	scores := capture.StillScores(m, &p)
	scores[copySignal] = m.Document.Saturation
	return scores, nil
}
