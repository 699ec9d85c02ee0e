package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/specimen"
)

// Options say against what scenarios are played.
type Options struct {
	Client client.Config
	// Details are what is chosen of the person whose document is drawn.
	Details specimen.Details
	// Pictures replace what is drawn of the front, the back and the face; a missing
	// one is drawn.
	Pictures map[specimen.View]string
	Assets   *specimen.Assets
}

// player plays one scenario.
type player struct {
	scenario *Scenario
	options  Options
	print    *printer
	parties  map[string]*party
	document *specimen.Document // drawn when first needed
	sources  map[string]source  // by what they show
	link     string             // what the first claim followed
	fail     context.CancelCauseFunc
}

// play plays a scenario and returns nil when all was seen.
func play(ctx context.Context, s *Scenario, o Options, print *printer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.Within.Duration, fmt.Errorf("the scenario takes longer than %s", s.Within))
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	p := &player{
		scenario: s, options: o, print: print, fail: fail,
		parties: map[string]*party{}, sources: map[string]source{},
	}
	defer func() {
		for _, party := range p.parties {
			party.close()
		}
	}()
	for i := range s.Steps {
		step := &s.Steps[i]
		print.line(time.Now(), "%-8s %s%s", "line "+fmt.Sprint(step.line), step.verb, step.detail())
		if err := p.step(ctx, step); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("line %d: %s: %w", step.line, step.verb, err)
		}
	}
	return context.Cause(ctx)
}

// detail says in a few words what a step is about.
func (s *Step) detail() string {
	switch {
	case s.Claim != nil:
		return " by " + s.Claim.Phone
	case s.Choose != nil:
		return " " + s.Choose.Code + s.Choose.Document
	case s.Send != nil:
		return fmt.Sprintf(" %s %s %s until %v", s.Send.Step, s.Send.Show, s.Send.Condition, s.Send.Until)
	case s.Say != nil:
		return fmt.Sprintf(" %s %s", s.Say.Who, s.Say.Message)
	case s.Expect != nil:
		return fmt.Sprintf(" %v within %s", s.Expect, s.Expect.Within)
	case s.Drop != nil:
		return " " + string(*s.Drop)
	case s.Resume != nil:
		return " " + string(*s.Resume)
	case s.Refresh != nil:
		return " " + string(*s.Refresh)
	}
	return ""
}

func (p *player) step(ctx context.Context, s *Step) error {
	switch s.verb {
	case "open":
		return p.open(ctx, s.Open)
	case "claim":
		return p.claim(ctx, s.Claim)
	case "choose":
		return p.choose(ctx, s.Choose)
	case "start":
		return p.say(ctx, s.Start.Phone, protocol.Start{CameraWidth: 1920, CameraHeight: 1080})
	case "send":
		return p.send(ctx, s.Send)
	case "say":
		m, err := s.Say.message()
		if err != nil {
			return err
		}
		return p.say(ctx, s.Say.Who, m)
	case "expect":
		return p.expect(ctx, s.Expect)
	case "drop":
		return p.with(*s.Drop, func(who *party) error {
			who.drop()
			return nil
		})
	case "resume":
		return p.with(*s.Resume, func(who *party) error { return who.resume(ctx) })
	case "refresh":
		return p.with(*s.Refresh, func(who *party) error { return who.desktop.Refresh(ctx) })
	}
	return fmt.Errorf("unknown step %q", s.verb)
}

func (p *party) resume(ctx context.Context) error {
	if p.desktop != nil {
		return p.desktop.Resume(ctx)
	}
	p.resumed = time.Now()
	return p.phone.Resume(ctx)
}

// with finds a party that a scenario names.
func (p *player) with(name Who, do func(*party) error) error {
	who := p.parties[string(name)]
	if who == nil {
		return fmt.Errorf("%q is not there yet: open and claim come first", name)
	}
	return do(who)
}

// arrived prints every event as it comes and watches for what must never be seen.
func (p *player) arrived(who *party, e client.Event) {
	p.print.line(e.At, "%-8s <- %s%s", who.name, kind(e), describe(e))
	for i := range p.scenario.Never {
		m := &p.scenario.Never[i]
		if m.On == who.name && m.matches(e) {
			p.fail(fmt.Errorf("seen what must never be seen: %v", m))
		}
	}
}

func (p *player) open(ctx context.Context, s *OpenStep) error {
	if p.parties[desktopName] != nil {
		return errors.New("the desktop is open already")
	}
	cfg := p.options.Client
	if s.Language != "" {
		cfg.Language = s.Language
	}
	d, err := client.OpenDesktop(ctx, cfg)
	if err != nil {
		return err
	}
	who := newParty(ctx, desktopName, d.Next, p.arrived)
	who.desktop = d
	p.parties[desktopName] = who
	return nil
}

// say sends a message of a party.
func (p *player) say(ctx context.Context, name string, m protocol.Message) error {
	return p.with(Who(name), func(who *party) error {
		p.print.line(time.Now(), "%-8s -> %s", name, m.MessageType())
		if who.desktop != nil {
			return who.desktop.Send(ctx, m)
		}
		return who.phone.Send(ctx, m)
	})
}

// message builds the message of a say step.
func (s *SayStep) message() (protocol.Message, error) {
	all := map[string]any{}
	maps.Copy(all, s.With)
	all["type"] = s.Message
	data, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("with: %w", err)
	}
	return protocol.Decode(data)
}

// expect waits for an event that no earlier expectation of this party has used up.
func (p *player) expect(ctx context.Context, m *Match) error {
	return p.with(Who(m.On), func(who *party) error {
		limited, cancel := context.WithTimeoutCause(ctx, m.Within.Duration, fmt.Errorf("not seen within %s: %v", m.Within, m))
		defer cancel()
		_, i, err := who.find(limited, who.cursor, m.matches)
		if err != nil {
			return err
		}
		who.cursor = i + 1
		return nil
	})
}
