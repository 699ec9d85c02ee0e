package subject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"visavis/capture"
	"visavis/identity"
	"visavis/specimen"
)

// Engine measures and reads: the pool of worker processes, as the server has it.
type Engine interface {
	capture.Analyzer
	identity.FieldReader
	identity.ZoneReader
	identity.FaceComparer
}

// Judge is capture.Judge, or what a test puts in its place.
type Judge func(f capture.FrameInfo, m capture.Measurements, prev *capture.Measurements,
	l capture.Limits) capture.Verdict

// Options say what is measured.
type Options struct {
	// Dir holds the tables and the images they name. Tables may be missing.
	Dir string
	// Only names the subjects to run; empty: all.
	Only []string
	// Engine is asked for everything. Required.
	Engine Engine
	// Parallel calls of the engine; 0: one a core.
	Parallel int
	// Judge is capture.Judge when nil.
	Judge Judge
	// Assets draw the drawn images; without them there are none.
	Assets *specimen.Assets
	// Effort scales how many images are drawn: 1 is a whole evaluation. 0 means 1.
	Effort float64
	// Log is told what is going on. Required.
	Log io.Writer
	// Now dates the report.
	Now time.Time
}

// subject is one part of the evaluation.
type subject struct {
	name, title string
	// budget is how long its parts that can be cut short may take, where the whole
	// evaluation's time allows it.
	budget time.Duration
	run    func(ctx context.Context, b *bench, s *section) error
}

// wholeTime is when everything ends; what is drawn in numbers comes last and is cut
// short for it. A minute of the promised 20 is left for what is on its way then.
const wholeTime = 19 * time.Minute

// subjects in the order of the report.
func subjects() []subject {
	return []subject{
		{"locate", "Finding the document", 0, locate},
		{"side", "Front, back, data page", 0, side},
		{"quality", "Quality: right against wrong", 0, quality},
		{"mrz", "Machine readable zone", 0, mrz},
		{"viz", "Printed zone", 4 * time.Minute, viz},
		{"face", "Faces", 0, face},
		{"match", "Face comparison", 0, match},
		{"still", "Stills at the limits as shipped", 0, still},
		{"time", "Time", 0, timing},
		{"drawn", "Machine readable zones, drawn", 8 * time.Minute, drawn},
		{"guide", "Guiding a virtual hand", 8 * time.Minute, guide},
	}
}

// Names are the names of all subjects.
func Names() []string {
	var names []string
	for _, s := range subjects() {
		names = append(names, s.name)
	}
	return names
}

// bench is what the subjects work with.
type bench struct {
	Options
	limits capture.Limits

	mu       sync.Mutex
	measured map[measureKey]capture.Measurements
	drawn    []drawnFrame
	// What spoilt has found, for the subjects after the first.
	spoiltReal, spoiltDrawn, spoiltFaces *cases
	// until is when a subject that can be cut short stops.
	until time.Time
}

type measureKey struct {
	file string
	step capture.Step
	doc  capture.Document
}

// ErrUnknownSubject says that Only names what there is not.
var ErrUnknownSubject = errors.New("unknown subject")

// Run measures and returns the report. A subject that cannot be measured (a model
// is missing) fails as a whole: its section says so, its keys are absent, and the
// error tells it too.
func Run(ctx context.Context, o Options) (*Report, error) {
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("%w %q: want one of %s", ErrUnknownSubject, name, strings.Join(Names(), ", "))
		}
	}
	if info, err := os.Stat(o.Dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("evaluation: %s is no folder", o.Dir)
	}
	if o.Judge == nil {
		o.Judge = capture.Judge
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.NumCPU()
	}
	if o.Effort <= 0 {
		o.Effort = 1
	}
	b := &bench{Options: o, limits: capture.DefaultLimits(), measured: map[measureKey]capture.Measurements{}}
	report := &Report{Date: o.Now, Parallel: o.Parallel}
	var failed error
	end := time.Now().Add(wholeTime)
	for _, part := range subjects() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, part.name) {
			continue
		}
		began := time.Now()
		b.until = began.Add(part.budget)
		if b.until.After(end) {
			b.until = end
		}
		s := &section{name: part.name, title: part.title}
		if err := part.run(ctx, b, s); err != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("evaluation of %s: %w", part.name, err)
			}
			s.figures = nil
			s.lack("Not measured: %v.", err)
			failed = errors.Join(failed, fmt.Errorf("evaluation of %s: %w", part.name, err))
		}
		s.took = time.Since(began)
		report.sections = append(report.sections, s)
		fmt.Fprintf(o.Log, "%s: %v\n", part.name, s.took.Round(100*time.Millisecond))
	}
	report.Tables = tableSizes(o.Dir)
	return report, failed
}
