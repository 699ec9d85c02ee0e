package subject

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"visavis/capture"
)

// table reads a table; one that is missing is noted in the section.
func (b *bench) table(s *section, name string) ([]Row, error) {
	rows, found, err := ReadTable(b.Dir, name)
	if err == nil && !found {
		s.note("%s is not there: nothing measured on it.", name)
	}
	return rows, err
}

// each is Each with as many at once as there are workers.
func (b *bench) each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	return Each(ctx, b.Parallel, n, f)
}

// Each runs f for 0 to n-1, so many at once. The first error ends it.
func Each(ctx context.Context, atOnce, n int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(atOnce, n) {
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
		s.lack("Cut short by its time: %d of %d done.", n-left, n)
	}
	return err
}

// measure lets the engine measure an image of a table as a still; one that is too
// small for a still as a preview. Each image is measured once for a step and kind.
func (b *bench) measure(ctx context.Context, file string, step capture.Step,
	doc capture.Document) (capture.Measurements, error) {
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
func (b *bench) look(ctx context.Context, p picture, step capture.Step,
	doc capture.Document) (capture.Measurements, error) {
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

// scaled is a number of drawn images by the effort, at least one.
func (b *bench) scaled(n int) int { return max(int(float64(n)*b.Effort), 1) }

// tableSizes counts the rows of every table in the folder.
func tableSizes(dir string) map[string]int {
	sizes := map[string]int{}
	names, err := fs.Glob(os.DirFS(dir), "*.tsv")
	if err != nil {
		return sizes
	}
	for _, name := range names {
		if rows, found, err := ReadTable(dir, filepath.Base(name)); found && err == nil {
			sizes[name] = len(rows)
		}
	}
	return sizes
}
