package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"visavis/protocol"
	"visavis/specimen"
)

// check fills in defaults and refuses what cannot be played. An empty step such
// as "start:" reads as nil and is filled in too.
func (s *Scenario) check(step *Step) error {
	switch step.verb {
	case "open":
		step.Open = or(step.Open)
		return oneOf("language", step.Open.Language, "", "fr", "en")
	case "claim":
		step.Claim = or(step.Claim)
		phoneName(&step.Claim.Phone)
		return oneOf("by", step.Claim.By, "", "link", "typed")
	case "choose":
		step.Choose = or(step.Choose)
		phoneName(&step.Choose.Phone)
		if step.Choose.Code == "" && step.Choose.Document == "" {
			step.Choose.Document = s.Document
		}
		if step.Choose.Code != "" && step.Choose.Document != "" {
			return errors.New("want code or document, not both")
		}
		return oneOf("code", step.Choose.Code, "", "right", "wrong")
	case "start":
		step.Start = or(step.Start)
		phoneName(&step.Start.Phone)
	case "say":
		step.Say = or(step.Say)
		phoneName(&step.Say.Who)
		if _, err := step.Say.message(); err != nil {
			return err
		}
	case "expect":
		step.Expect = or(step.Expect)
		return step.Expect.check()
	case "send":
		step.Send = or(step.Send)
		return step.Send.check(s)
	case "drop", "resume", "refresh":
		return step.checkWho()
	}
	return nil
}

func (s *Step) checkWho() error {
	who := map[string]**Who{"drop": &s.Drop, "resume": &s.Resume, "refresh": &s.Refresh}[s.verb]
	if *who == nil || **who == "" {
		return errors.New(`want "desktop" or a phone's name`)
	}
	if s.verb == "refresh" && **who != desktopName {
		return fmt.Errorf("%q: want desktop; a phone comes back by resume", **who)
	}
	return nil
}

func (s *SendStep) check(scenario *Scenario) error {
	phoneName(&s.Phone)
	views := map[string]specimen.View{"document-front": specimen.Front, "document-back": specimen.Back, "selfie": specimen.Face}
	if views[s.Step] == "" {
		return fmt.Errorf("step %q: want document-front, document-back or selfie", s.Step)
	}
	if s.Show == "" {
		s.Show = views[s.Step]
	}
	if s.Seed == 0 {
		s.Seed = scenario.Seed
	}
	if s.Within.Duration == 0 {
		s.Within.Duration = 40 * time.Second
	}
	if s.Until == nil {
		s.Until = &Match{Message: string(protocol.TypeStillResult), Where: map[string]any{"step": s.Step, "accepted": true}}
	}
	if s.Until.On == "" {
		s.Until.On = s.Phone
	}
	if len(s.Files) > 0 && s.Folder != "" {
		return errors.New("want files or folder, not both")
	}
	if s.Shutter && s.NoStills {
		return errors.New("want shutter or noStills, not both")
	}
	return s.Until.check()
}

func (m *Match) check() error {
	phoneName(&m.On)
	if m.Within.Duration == 0 {
		m.Within.Duration = 10 * time.Second
	}
	if m.Message == closedName {
		return nil
	}
	known := []protocol.Type{
		protocol.TypeWelcome, protocol.TypePairing, protocol.TypeInvitation, protocol.TypeProgress, protocol.TypeLive, protocol.TypeNotice,
		protocol.TypeFrameResult, protocol.TypeCaptureStill, protocol.TypePartAck, protocol.TypeStillResult, protocol.TypeChallenge, protocol.TypeError,
		protocol.TypeEnrolment,
	}
	if !slices.Contains(known, protocol.Type(m.Message)) {
		return fmt.Errorf("message %q: want a type that the server sends, or closed", m.Message)
	}
	return nil
}

func oneOf(key, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("%s %q: want one of %q", key, value, allowed)
	}
	return nil
}
