package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/sys/unix"

	"visavis/capture"
	"visavis/capture/opencv"
	"visavis/qa/hands"
	"visavis/specimen"
)

// What the phones of a load show.
const (
	guidedHandsShown = 14 // virtual hands of the evaluation: two of each side, shown the hints and told them
	composedEach     = 4  // composed previews of a kind
	composedHeld     = 6  // pictures of each, as long as a try lasts
	longestSequence  = 40 // pictures: a longer one is cut into several
	leastSequence    = 8  // pictures: a shorter one is left out
	goodAtMost       = 2  // previews of a sequence: a still is asked for after three in a row
)

// shownHands are the sequences that the phones of a run show, and what their verdicts cost the
// bare analyzer.
type shownHands struct {
	folder string
	show   hands.Show
	costs  []handCost // of each sequence
}

// handCost is the mean processor time of a verdict.
type handCost struct{ held, single time.Duration }

func (s *shownHands) remove() { _ = os.RemoveAll(s.folder) }

// drawHands draws what the phones show: all previews of virtual hands that follow the hints, and
// composed previews of every kind, each held for a moment by a hand that trembles. Those that would
// be asked a still for are left out. Then it measures the bare analyzer on them, on every core.
func drawHands(ctx context.Context, models string) (_ *shownHands, err error) {
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: filepath.Join(models, "astronaut.png")})
	if err != nil {
		return nil, err
	}
	a, err := opencv.New(opencv.Config{ModelDir: models})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	guided, err := guidedGroup(ctx, a, assets, guidedHandsShown)
	if err != nil {
		return nil, err
	}
	all := guidedSequences(guided.frames)
	composed, err := composedGroups(assets, composedEach)
	if err != nil {
		return nil, err
	}
	for _, g := range composed {
		s, err := composedSequence(g)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	s := &shownHands{}
	for _, one := range all {
		kept, err := quiet(ctx, a, one)
		if err != nil {
			return nil, err
		}
		if len(kept.Pictures) >= leastSequence {
			s.show = append(s.show, kept)
		}
	}
	slices.SortFunc(s.show, func(a, b hands.Sequence) int { return strings.Compare(a.Name, b.Name) }) // as they are read
	if s.costs, err = bareCosts(ctx, models, s.show); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp("", "hands"); err != nil {
		return nil, err
	}
	if err := s.show.Write(s.folder); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// guidedSequences cuts what virtual hands have shown, one after the other, into sequences: a hand
// begins where the time of its previews begins again.
func guidedSequences(frames []capture.Frame) []hands.Sequence {
	var all []hands.Sequence
	for i, f := range frames {
		last := len(all) - 1
		if i == 0 || !f.CapturedAt.After(frames[i-1].CapturedAt) || len(all[last].Pictures) == longestSequence {
			name := fmt.Sprintf("%s-guided-%s-%03d", f.Document, f.Step, len(all))
			all = append(all, hands.Sequence{Name: name, Document: string(f.Document)})
			last++
		}
		all[last].Pictures = append(all[last].Pictures, f.JPEG)
	}
	return all
}

// composedSequence is a group's previews, each held as composedHeld pictures of a hand that trembles
// by some pixels.
func composedSequence(g previewGroup) (hands.Sequence, error) {
	document := string(g.frames[0].Document)
	s := hands.Sequence{Name: document + "-composed-" + g.name, Document: document}
	r := rand.New(rand.NewPCG(91, uint64(len(g.name))))
	for _, f := range g.frames {
		img, err := jpeg.Decode(bytes.NewReader(f.JPEG))
		if err != nil {
			return s, err
		}
		const most = 8 // pixels either way
		b := img.Bounds()
		for range composedHeld {
			at := b.Min.Add(image.Pt(r.IntN(2*most+1), r.IntN(2*most+1)))
			held := image.NewRGBA(image.Rect(0, 0, b.Dx()-2*most, b.Dy()-2*most))
			xdraw.Draw(held, held.Rect, img, at, xdraw.Src)
			data, err := specimen.EncodeJPEG(held, 80)
			if err != nil {
				return s, err
			}
			s.Pictures = append(s.Pictures, data)
		}
	}
	return s, nil
}

// watcher judges the previews of a sequence as the server does for one phone.
type watcher struct {
	a    capture.Analyzer
	flow capture.Flow
	at   time.Time
	seq  uint32
}

func newWatcher(a capture.Analyzer, document string) (*watcher, error) {
	flow, err := capture.NewFlow(capture.Document(document), capture.FlowOptions{})
	return &watcher{a: a, flow: flow, at: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)}, err
}

// look judges the next preview. took is the processor time of this thread that its analysis took.
func (w *watcher) look(ctx context.Context, data []byte) (out capture.Outcome, took time.Duration, err error) {
	w.at, w.seq = w.at.Add(hands.Every), w.seq+1
	f, err := capture.NewFrame(capture.DocumentFront, capture.Preview, w.flow.Document, w.seq, w.at, data)
	if err != nil {
		return out, 0, err
	}
	f.Last = w.flow.Sighting()
	began := usedOfThread()
	m, err := w.a.Analyze(ctx, f)
	took = usedOfThread() - began
	if err != nil {
		return out, took, err
	}
	m.Step = f.Step
	return w.flow.Preview(m, w.at), took, nil
}

// quiet leaves out of a sequence what would be asked a still for. Of the previews that are good,
// by themselves or after those before them, the first two stay: a still needs three in a row, and
// between two tries there are as many as the sequence has.
func quiet(ctx context.Context, a capture.Analyzer, s hands.Sequence) (hands.Sequence, error) {
	good := map[int]bool{} // by the place in the sequence as it came
	places := make([]int, len(s.Pictures))
	for i, data := range s.Pictures {
		places[i] = i
		w, err := newWatcher(a, s.Document)
		if err != nil {
			return s, err
		}
		out, _, err := w.look(ctx, data)
		if err != nil {
			return s, err
		}
		good[i] = out.Verdict.Good
	}
	for {
		n := 0
		kept := slices.DeleteFunc(slices.Clone(places), func(i int) bool {
			if good[i] {
				n++
			}
			return good[i] && n > goodAtMost
		})
		cut := len(kept) < len(places)
		places = kept
		w, err := newWatcher(a, s.Document)
		if err != nil {
			return s, err
		}
		fresh := false
		for range 2 { // the second time after the end of the first
			for _, i := range places {
				out, _, err := w.look(ctx, s.Pictures[i])
				if err != nil {
					return s, err
				}
				fresh = fresh || out.Verdict.Good && !good[i]
				good[i] = good[i] || out.Verdict.Good
			}
		}
		if !cut && !fresh {
			break
		}
	}
	kept := hands.Sequence{Name: s.Name, Document: s.Document}
	for _, i := range places {
		kept.Pictures = append(kept.Pictures, s.Pictures[i])
	}
	return kept, nil
}

// bareCosts measures the analyzer alone on every sequence, twice each in a row as a phone shows it and
// once picture by picture, on every core at once.
func bareCosts(ctx context.Context, models string, show hands.Show) ([]handCost, error) {
	costs, next := make([]handCost, len(show)), make(chan int, len(show))
	for i := range show {
		next <- i
	}
	close(next)
	errs := make([]error, runtime.NumCPU())
	var measuring sync.WaitGroup
	for n := range errs {
		measuring.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			a, err := opencv.New(opencv.Config{ModelDir: models}) // one looks for faces in one picture at a time
			if err != nil {
				errs[n] = err
				return
			}
			defer func() { _ = a.Close() }()
			if errs[n] = warm(ctx, a, show[0]); errs[n] != nil {
				return
			}
			for i := range next {
				if costs[i], errs[n] = bareCost(ctx, a, show[i]); errs[n] != nil {
					return
				}
			}
		})
	}
	measuring.Wait()
	return costs, errors.Join(errs...)
}

// warm makes tables and loads networks.
func warm(ctx context.Context, a capture.Analyzer, s hands.Sequence) error {
	_, err := bareCost(ctx, a, hands.Sequence{Document: s.Document, Pictures: s.Pictures[:leastSequence]})
	return err
}

func bareCost(ctx context.Context, a capture.Analyzer, s hands.Sequence) (c handCost, err error) {
	held, err := newWatcher(a, s.Document)
	if err != nil {
		return c, err
	}
	for range 2 {
		for _, data := range s.Pictures {
			_, took, err := held.look(ctx, data)
			if err != nil {
				return c, err
			}
			c.held += took
		}
	}
	for _, data := range s.Pictures {
		single, err := newWatcher(a, s.Document)
		if err != nil {
			return c, err
		}
		_, took, err := single.look(ctx, data)
		if err != nil {
			return c, err
		}
		c.single += took
	}
	n := time.Duration(len(s.Pictures))
	return handCost{c.held / (2 * n), c.single / n}, nil
}

// cost is the mean of a verdict where this many phones show the sequences.
func (s *shownHands) cost(phones int) (mean handCost) {
	for i := range phones {
		number, _ := s.show.Of(i)
		mean.held += s.costs[number].held
		mean.single += s.costs[number].single
	}
	n := time.Duration(phones)
	return handCost{mean.held / n, mean.single / n}
}

// pictures is how many there are.
func (s *shownHands) pictures() (n int) {
	for _, one := range s.show {
		n += len(one.Pictures)
	}
	return n
}

// usedOfThread is what the calling thread has used of the processor.
func usedOfThread() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // Linux has this clock
	}
	return time.Duration(t.Nano())
}
