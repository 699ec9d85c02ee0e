package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
type Judge func(f capture.FrameInfo, m capture.Measurements, prev *capture.Measurements, l capture.Limits) capture.Verdict

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
	// budget is how long its parts that can be cut short may take.
	budget time.Duration
	run    func(ctx context.Context, b *bench, s *section) error
}

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
		{"time", "Time", 0, timing},
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
	for _, part := range subjects() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, part.name) {
			continue
		}
		began := time.Now()
		b.until = began.Add(part.budget)
		s := &section{name: part.name, title: part.title}
		if err := part.run(ctx, b, s); err != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("evaluation of %s: %w", part.name, err)
			}
			s.figures = nil
			s.note("Not measured: %v.", err)
			failed = errors.Join(failed, fmt.Errorf("evaluation of %s: %w", part.name, err))
		}
		s.took = time.Since(began)
		report.sections = append(report.sections, s)
		fmt.Fprintf(o.Log, "%s: %v\n", part.name, s.took.Round(100*time.Millisecond))
	}
	report.Tables = tableSizes(o.Dir)
	return report, failed
}

// table reads a table; one that is missing is noted in the section.
func (b *bench) table(s *section, name string) ([]row, error) {
	rows, found, err := readTable(b.Dir, name)
	if err == nil && !found {
		s.note("%s is not there: nothing measured on it.", name)
	}
	return rows, err
}

// each runs f for 0 to n-1, as many at once as there are workers. The first error
// ends it.
func (b *bench) each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(b.Parallel, n) {
		wg.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					continue
				}
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// eachUntil is each for a subject with a budget of time: what would begin after it is
// left out, and the section says how many were done.
func (b *bench) eachUntil(ctx context.Context, s *section, n int, f func(ctx context.Context, i int) error) error {
	var done atomic.Int64
	err := b.each(ctx, n, func(ctx context.Context, i int) error {
		if time.Now().After(b.until) {
			return nil
		}
		done.Add(1)
		return f(ctx, i)
	})
	if left := n - int(done.Load()); left > 0 && err == nil {
		s.note("Cut short by its time: %d of %d done.", n-left, n)
	}
	return err
}

// measure lets the engine measure an image of a table as a still; one that is too
// small for a still as a preview. Each image is measured once for a step and kind.
func (b *bench) measure(ctx context.Context, file string, step capture.Step, doc capture.Document) (capture.Measurements, error) {
	key := measureKey{file, step, doc}
	b.mu.Lock()
	m, known := b.measured[key]
	b.mu.Unlock()
	if known {
		return m, nil
	}
	p, err := load(b.Dir, file)
	if err != nil {
		return m, err
	}
	if m, err = b.look(ctx, p, step, doc); err != nil {
		return m, fmt.Errorf("%s: %w", file, err)
	}
	b.mu.Lock()
	b.measured[key] = m
	b.mu.Unlock()
	return m, nil
}

// look measures a picture. What the engine refuses or does not survive is measured
// as nothing: the person would be told to take another picture.
func (b *bench) look(ctx context.Context, p picture, step capture.Step, doc capture.Document) (capture.Measurements, error) {
	f, err := p.frame(step, doc)
	if err == nil {
		var m capture.Measurements
		if m, err = b.Engine.Analyze(ctx, f); err == nil {
			m.Step = step
			return m, nil
		}
	}
	return capture.Measurements{Step: step}, passable(err)
}

// passable forgives what a server answers to a person: a picture that is refused, a
// worker that was lost. Other errors are faults.
func passable(err error) error {
	if _, refused := errors.AsType[*capture.FrameError](err); refused || errors.Is(err, capture.ErrBusy) {
		return nil
	}
	return err
}

// judge is the verdict on a still.
func (b *bench) judge(m capture.Measurements, step capture.Step, doc capture.Document) capture.Verdict {
	return b.Judge(capture.FrameInfo{Step: step, Kind: capture.Still, Document: doc}, m, nil, b.limits)
}

// found tells whether judging takes something in the frame for a document.
func found(v capture.Verdict) bool {
	seen := map[string]bool{"document": v.Good, "outline": v.Good}
	for _, c := range v.Checks {
		if _, asked := seen[c.Name]; asked {
			seen[c.Name] = c.OK
		}
	}
	return seen["document"] && seen["outline"]
}

func integer(cell string) int {
	n, _ := strconv.Atoi(cell) // a cell without a number is 0
	return n
}

// scaled is a number of drawn images by the effort, at least a few.
func (b *bench) scaled(n int) int { return max(int(float64(n)*b.Effort), min(n, 4)) }

// tableSizes counts the rows of every table in the folder.
func tableSizes(dir string) map[string]int {
	sizes := map[string]int{}
	names, err := fs.Glob(os.DirFS(dir), "*.tsv")
	if err != nil {
		return sizes
	}
	for _, name := range names {
		if rows, found, err := readTable(dir, filepath.Base(name)); found && err == nil {
			sizes[name] = len(rows)
		}
	}
	return sizes
}
