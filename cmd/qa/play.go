package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/qa/proxy"
	"visavis/specimen"
)

// Options say against what scenarios are played.
type Options struct {
	Client client.Config
	// Own plays every scenario against a mock server of its own.
	Own bool
	// Tagged pictures say what they show and are not drawn: for a mock server.
	Tagged bool
	// Details are what is chosen of the person whose document is drawn.
	Details specimen.Details
	// Pictures replace what is drawn of the front, the back and the face; a missing
	// one is drawn.
	Pictures map[specimen.View]string
	Assets   *specimen.Assets
	// Number, above 0, gives the parties a loopback address of its own where the server
	// is on this machine.
	Number int
	// Lie stands between the parties and a scenario's own server.
	Lie proxy.Hook
}

// player plays one scenario.
type player struct {
	scenario *Scenario
	options  Options
	print    *printer
	run      *Run
	fail     context.CancelCauseFunc

	mu       sync.Mutex // guards what follows: branches are played at the same time
	parties  map[string]*party
	document *specimen.Document // drawn when first needed
	chosen   string             // the document that was chosen last
	sources  map[string]source  // by what they show
	link     string             // what the first claim followed
	claimed  []string           // links that are dead
	cause    time.Time          // when something was last done
	vars     map[string]any
}

// play plays a scenario and returns nil when all was seen.
func play(ctx context.Context, s *Scenario, o Options, print *printer) error {
	run := &Run{}
	return playInto(ctx, s, o, print, run)
}

// playInto is play, and notes what happened.
func playInto(ctx context.Context, s *Scenario, o Options, print *printer, run *Run) (err error) {
	run.begin(s)
	defer func() { run.end(err) }()
	ctx, cancel := context.WithTimeoutCause(ctx, s.Within.Duration,
		fmt.Errorf("the scenario takes longer than %s", s.Within))
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	p := &player{
		scenario: s, options: o, print: print, run: run, fail: fail, chosen: s.Document, cause: time.Now(),
		parties: map[string]*party{}, sources: map[string]source{}, vars: maps.Clone(s.Vars),
	}
	stop, err := p.ownServer()
	if err != nil {
		return err
	}
	defer stop()
	defer func() {
		for _, party := range p.parties {
			party.close()
		}
	}()
	if err := p.steps(ctx, s.Steps); err != nil {
		return err
	}
	for i := range s.Assert {
		if err := s.Assert[i].judge(p); err != nil {
			return fmt.Errorf("line %d: assert: %w", s.Assert[i].line, err)
		}
	}
	return context.Cause(ctx)
}

// steps plays steps one after another.
func (p *player) steps(ctx context.Context, steps []Step) error {
	for i := range steps {
		step := &steps[i]
		where := "line " + fmt.Sprint(step.line)
		if step.file != "" {
			where = step.file + ":" + fmt.Sprint(step.line)
		}
		p.print.line(time.Now(), "%-8s %s%s", where, step.verb, step.detail())
		done := p.run.step(where, step)
		err := p.step(ctx, step)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		done(err)
		if err != nil {
			return step.wrong(p.scenario.file(), err)
		}
	}
	return nil
}

// acted notes that something was done: what follows is measured from here.
func (p *player) acted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cause = time.Now()
}

func (p *player) lastCause() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// step plays one step.
func (p *player) step(ctx context.Context, s *Step) error {
	switch s.verb {
	case "expect", "absent", "assert", "wait", "repeat", "parallel", "send":
	default:
		p.acted()
	}
	switch s.verb {
	case "open":
		return p.open(ctx, s.Open)
	case "claim":
		return p.claim(ctx, s.Claim)
	case "choose":
		return p.choose(ctx, s.Choose)
	case "start":
		return p.say(ctx, s.Start.Phone,
			protocol.Start{CameraWidth: 1920, CameraHeight: 1080, VoiceGuide: s.Start.VoiceGuide})
	case "send":
		return p.send(ctx, s.Send)
	case "say":
		return p.saying(ctx, s.Say)
	case "expect":
		return p.expect(ctx, s.Expect)
	case "absent":
		return p.absent(ctx, s.Absent)
	case "http":
		return p.http(ctx, s.HTTP)
	case "network":
		return p.with(Who(s.Network.Who), func(who *party) error {
			who.line.set(s.Network.State, s.Network.Loss)
			if s.Network.Address != "" {
				who.line.move(netip.MustParseAddr(s.Network.Address)) // checked when it was read
			}
			return nil
		})
	case "assert":
		return s.Assert.judge(p)
	case "wait":
		return pause(ctx, s.Wait.Duration)
	case "repeat":
		return p.repeat(ctx, s.Repeat)
	case "parallel":
		return p.parallel(ctx, s.Parallel)
	}
	return p.connection(ctx, s)
}

// connection plays the steps that are about a party's connection.
func (p *player) connection(ctx context.Context, s *Step) error {
	switch s.verb {
	case "drop":
		return p.with(*s.Drop, func(who *party) error {
			who.drop()
			return nil
		})
	case "close":
		return p.with(*s.Close, func(who *party) error {
			who.leave()
			return nil
		})
	case "resume":
		return p.with(*s.Resume, func(who *party) error { return who.resume(ctx) })
	case "reload":
		return p.with(*s.Reload, func(who *party) error { return who.reload(ctx) })
	case "refresh":
		return p.with(*s.Refresh, func(who *party) error { return who.reload(ctx) })
	}
	return fmt.Errorf("unknown step %q", s.verb)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *player) repeat(ctx context.Context, s *RepeatStep) error {
	for i := range s.Times {
		p.mu.Lock()
		p.vars[loopVariable] = i + 1
		p.mu.Unlock()
		if err := p.steps(ctx, s.Steps); err != nil {
			return fmt.Errorf("time %d of %d: %w", i+1, s.Times, err)
		}
	}
	return nil
}

// parallel plays lists of steps at the same time and waits for all.
func (p *player) parallel(ctx context.Context, branches [][]Step) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errs := make([]error, len(branches))
	var all sync.WaitGroup
	for i, steps := range branches {
		all.Go(func() {
			if errs[i] = p.steps(ctx, steps); errs[i] != nil {
				cancel(fmt.Errorf("branch %d failed: %w", i+1, errs[i]))
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// with finds a party that a scenario names.
func (p *player) with(name Who, do func(*party) error) error {
	p.mu.Lock()
	who := p.parties[string(name)]
	p.mu.Unlock()
	if who == nil {
		return fmt.Errorf("%q is not there yet: open and claim come first", name)
	}
	return do(who)
}

func (p *player) party(name string) *party {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.parties[name]
}

func (p *player) enter(who *party) {
	p.mu.Lock()
	old := p.parties[who.name]
	p.parties[who.name] = who
	p.mu.Unlock()
	if old != nil {
		old.close()
	}
}

// arrived prints every event as it comes and watches for what must never be seen.
func (p *player) arrived(who *party, e client.Event) {
	p.print.line(e.At, "%-8s <- %s%s", who.name, kind(e), describe(e))
	p.run.event(who, e)
	for i := range p.scenario.Never {
		m := &p.scenario.Never[i]
		if m.On == who.name && m.matches(e) {
			p.fail(fmt.Errorf("seen what must never be seen: %v", m))
		}
	}
}

// say sends a message of a party.
func (p *player) say(ctx context.Context, name string, m protocol.Message) error {
	return p.with(Who(name), func(who *party) error {
		p.print.line(time.Now(), "%-8s -> %s", name, m.MessageType())
		p.run.said(who, string(m.MessageType()))
		if who.desktop != nil {
			return who.desktop.Send(ctx, m)
		}
		return who.phone.Send(ctx, m)
	})
}
