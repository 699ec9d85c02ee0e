package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/qa/hands"
	"visavis/qa/mock"
	"visavis/specimen"
)

// What "qa load" does at most: beyond it, a machine measures itself.
const (
	mostPhones   = 2000
	mostSessions = 10000
	mostFirst    = 1_000_000
	mostRate     = 30
	longestLoad  = 30 * time.Minute
)

// crowd is a load under way.
type crowd struct {
	flags   *loadFlags
	options Options
	source  source     // what all phones show; nil: each shows a sequence of show
	show    hands.Show // empty where source is set

	mu      sync.Mutex // guards what follows
	figures loadFigures
	verdict []time.Duration
	pairing []time.Duration
	each    []int // verdicts of each phone
}

// runLoad carries out "qa load".
func runLoad(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	l := loadFlags{runFlags: runFlags{language: "fr"}}
	if err := l.parse(args, stderr); err != nil {
		return err
	}
	options, err := l.options(ctx)
	if err != nil {
		return err
	}
	c := &crowd{flags: &l, options: options, each: make([]int, l.phones)}
	c.figures = loadFigures{Phones: l.phones, Sessions: l.sessions, Statuses: map[string]int{}, Failures: map[string]int{}}
	if err := c.pictures(ctx); err != nil {
		return err
	}
	c.run(ctx)
	c.figures.print(stdout)
	if l.jsonOut != "" {
		data, err := json.MarshalIndent(c.figures, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(l.jsonOut, append(data, '\n'), 0o644); err != nil {
			return err
		}
	}
	if n := c.failed(); n > 0 {
		return fmt.Errorf("%d of %d sessions failed", n, l.phones+l.sessions)
	}
	return nil
}

func (c *crowd) failed() (n int) {
	for _, times := range c.figures.Failures {
		n += times
	}
	return n
}

// pictures are read or drawn before all begins, so that the machine measures the server and
// not the drawing.
func (c *crowd) pictures(ctx context.Context) (err error) {
	switch {
	case c.options.Tagged:
		c.source = &tagged{shown: mock.Shown{View: string(specimen.Front), Kind: "passport"}}
	case c.flags.show != "":
		c.show, err = hands.Read(c.flags.show)
	case c.flags.condition == "":
		c.show, err = hands.Draw(ctx, c.options.Assets)
	default:
		c.source, err = c.trembling(ctx)
	}
	return err
}

// trembling is a passport under one condition, held as still as a hand can.
func (c *crowd) trembling(ctx context.Context) (source, error) {
	p := &player{
		scenario: &Scenario{Seed: 1, Background: specimen.Wood},
		options:  c.options, chosen: "passport", sources: map[string]source{},
	}
	drawn, err := p.source(ctx, &SendStep{Show: specimen.Front, Seed: 1})
	if err != nil {
		return nil, err
	}
	line, err := parseTimeline(c.flags.condition)
	if err != nil {
		return nil, err
	}
	var turns turning
	for i := range 6 {
		since := time.Duration(i) * hands.Every
		data, err := drawn.preview(640,
			view{Condition: line[0].Condition, Since: since, Move: specimen.Move{Closer: 1}})
		if err != nil {
			return nil, err
		}
		turns = append(turns, data)
	}
	return &turns, nil
}

// turning shows the same pictures over and over. Safe for concurrent use.
type turning [][]byte

func (t *turning) preview(_ int, v view) ([]byte, error) {
	return (*t)[int(v.Since/hands.Every)%len(*t)], nil
}

func (t *turning) still(int, int, view) ([]byte, error) { return (*t)[0], nil }

// shownBy is what a phone shows: the document that it chooses, the pictures, and the moment at
// which it begins.
func (c *crowd) shownBy(phone int) (document string, pictures func(since time.Duration) ([]byte, error), err error) {
	if c.source == nil {
		number, begins := c.show.Of(phone)
		one := c.show[number]
		return one.Document, func(since time.Duration) ([]byte, error) { return one.At(begins + since), nil }, nil
	}
	text := c.flags.condition
	if text == "" {
		text = taggedWay
	}
	line, err := parseTimeline(text)
	if err != nil {
		return "", nil, err
	}
	return "passport", func(since time.Duration) ([]byte, error) {
		at := line.at(since % line.length())
		return c.source.preview(640, view{Condition: at.Condition, Since: since, Move: specimen.Move{Closer: 1}})
	}, nil
}

// taggedWay is the way of a hand whose pictures say what they show.
const taggedWay = "far 1s, tilted 1s, blurred 1s, dark 1s, glare 1s"

// run lets all come, waits until they are done and sums up.
func (c *crowd) run(ctx context.Context) {
	began := time.Now()
	all := c.flags.phones + c.flags.sessions
	ctx, cancel := context.WithTimeout(ctx, c.flags.ramp+c.flags.duration+2*time.Minute)
	defer cancel()
	var done sync.WaitGroup
	for i := range all {
		done.Go(func() {
			if pause(ctx, time.Duration(i)*c.flags.ramp/time.Duration(all)) != nil {
				return
			}
			if err := c.one(ctx, i); err != nil {
				c.mu.Lock()
				c.figures.Failures[failureName(err)]++
				c.mu.Unlock()
			}
		})
	}
	done.Wait()
	f := &c.figures
	f.Seconds = time.Since(began).Seconds()
	f.Previews, f.Verdict, f.Pairing = len(c.verdict), percentilesOf(c.verdict), percentilesOf(c.pairing)
	if len(c.each) > 0 {
		f.Rate = float64(len(c.verdict)) / c.flags.duration.Seconds() / float64(len(c.each))
		each := slices.Sorted(slices.Values(c.each))
		f.Slowest = float64(each[0]) / c.flags.duration.Seconds()
		f.Median = float64(each[len(each)/2]) / c.flags.duration.Seconds()
	}
}

// one is a desktop with its phone. It pairs, and then shows pictures, where it is one of
// those that do, or does nothing for the duration. Each comes from an address of its own
// on this machine, or the limits of one address would be measured.
func (c *crowd) one(ctx context.Context, i int) error {
	options := c.options
	options.Number = c.flags.first + i + 1
	p := &player{
		scenario: &Scenario{Seed: uint64(i)}, print: &printer{out: io.Discard, start: time.Now()}, run: &Run{}, parties: map[string]*party{},
		options: options,
	}
	p.run.begin(p.scenario)
	defer func() {
		for _, who := range p.parties {
			who.close()
		}
	}()
	began := time.Now()
	if err := p.pairThrough(ctx, c.flags.server); err != nil {
		return fmt.Errorf("pairing: %w", err)
	}
	c.mu.Lock()
	c.pairing = append(c.pairing, time.Since(began))
	c.mu.Unlock()
	phone, end := p.party(phoneDefault), time.Now().Add(c.flags.duration)
	if i >= c.flags.phones {
		return idle(ctx, phone, end)
	}
	document, pictures, err := c.shownBy(i)
	if err != nil {
		return err
	}
	for _, m := range []protocol.Message{
		protocol.ChooseDocument{Document: document}, protocol.Start{CameraWidth: 1920, CameraHeight: 1080},
	} {
		if err := phone.phone.Send(ctx, m); err != nil {
			return fmt.Errorf("start: %w", err)
		}
	}
	err = c.shows(ctx, phone, i, end, pictures)
	asked := phone.asks()
	c.mu.Lock()
	c.figures.Stills += asked
	c.mu.Unlock()
	return err
}

// asks is how often the server asked for a still.
func (p *party) asks() (n int) {
	events, _ := p.since(0)
	for _, e := range events {
		if _, ok := e.Message.(protocol.CaptureStill); ok {
			n++
		}
	}
	return n
}

// idle waits; an end before the time is a failure.
func idle(ctx context.Context, phone *party, end time.Time) error {
	limited, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	e, _, err := phone.find(limited, 0, func(e client.Event) bool { return e.Ended })
	if err != nil {
		return nil // still connected, as expected
	}
	return fmt.Errorf("ended early with %d: %w", e.Code, e.Err)
}

// shows sends previews at the rate, one at a time. The hand moves on while one waits.
func (c *crowd) shows(ctx context.Context, phone *party, i int, end time.Time,
	pictures func(since time.Duration) ([]byte, error)) error {
	every := time.Duration(float64(time.Second) / c.flags.rate)
	began := time.Now()
	for seq := uint32(1); time.Now().Before(end); seq++ {
		data, err := pictures(time.Since(began))
		if err != nil {
			return err
		}
		from, sent := phone.count(), time.Now()
		if err := phone.phone.SendPreview(ctx, loadStep, seq, data); err != nil {
			return fmt.Errorf("preview: %w", err)
		}
		status, at, err := verdictOf(ctx, phone, from, seq)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.figures.Statuses[status]++
		if status == "judged" {
			c.verdict = append(c.verdict, at.Sub(sent))
			c.each[i]++
		}
		c.mu.Unlock()
		if err := pause(ctx, time.Until(sent.Add(every))); err != nil {
			return nil //nolint:nilerr // the time is over: that is the end of a load
		}
	}
	return nil
}

// loadStep is the step that the phones of a load are at.
const loadStep = "document-front"

// verdictOf waits for a preview's answer as long as a phone does.
func verdictOf(ctx context.Context, phone *party, from int, seq uint32) (status string, at time.Time, err error) {
	limited, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	e, _, err := phone.find(limited, from, func(e client.Event) bool {
		m, ok := e.Message.(protocol.FrameResult)
		return e.Ended || ok && m.Seq == seq
	})
	switch {
	case ctx.Err() != nil:
		return "", time.Time{}, fmt.Errorf("stopped: %w", context.Cause(ctx))
	case err != nil:
		return "lost", time.Time{}, nil // after this time a phone sends the next
	case e.Ended:
		return "", time.Time{}, fmt.Errorf("ended early with %d", e.Code)
	}
	m, _ := e.Message.(protocol.FrameResult)
	return m.Status, e.At, nil
}
