package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
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
		named(&step.Open.As, desktopName)
		return known("OpenStep.language", step.Open.Language)
	case "claim":
		step.Claim = or(step.Claim)
		named(&step.Claim.Phone, phoneDefault)
		named(&step.Claim.From, desktopName)
		return known("ClaimStep.by", step.Claim.By)
	case "choose":
		step.Choose = or(step.Choose)
		return step.Choose.check(s)
	case "start":
		step.Start = or(step.Start)
		named(&step.Start.Phone, phoneDefault)
	case "say":
		step.Say = or(step.Say)
		return step.Say.check()
	case "expect":
		step.Expect = or(step.Expect)
		return step.Expect.check()
	case "absent":
		step.Absent = or(step.Absent)
		if step.Absent.Within.Duration == 0 {
			step.Absent.Within.Duration = time.Second
		}
		return step.Absent.check()
	case "send":
		step.Send = or(step.Send)
		return step.Send.check(s)
	case "drop", "resume", "refresh", "reload", "close":
		return step.checkWho()
	case "network":
		step.Network = or(step.Network)
		named(&step.Network.Who, phoneDefault)
		named(&step.Network.State, "up")
		if step.Network.Loss < 0 || step.Network.Loss > 0.5 {
			return fmt.Errorf("loss %v: want a share from 0 to 0.5", step.Network.Loss)
		}
		if a := step.Network.Address; a != "" {
			if at, err := netip.ParseAddr(a); err != nil || !at.IsLoopback() {
				return fmt.Errorf("address %q: want one of this machine's own such as 127.0.0.2", a)
			}
		}
		return known("NetworkStep.state", step.Network.State)
	case "http":
		step.HTTP = or(step.HTTP)
		named(&step.HTTP.Method, "GET")
		if !strings.HasPrefix(step.HTTP.Path, "/") {
			return fmt.Errorf("path %q: want one that begins with /", step.HTTP.Path)
		}
	case "repeat":
		if step.Repeat == nil || step.Repeat.Times < 1 || len(step.Repeat.Steps) == 0 {
			return errors.New("want times above 0, and steps")
		}
	case "parallel":
		if len(step.Parallel) == 0 {
			return errors.New("want lists of steps")
		}
	case "wait":
		if step.Wait == nil {
			return errors.New("want a time such as 2s")
		}
	}
	return nil
}

func (c *ChooseStep) check(s *Scenario) error {
	named(&c.Phone, phoneDefault)
	if c.Code == "" && c.Document == "" {
		c.Document = s.Document
	}
	if c.Code != "" && c.Document != "" {
		return errors.New("want code or document, not both")
	}
	return errors.Join(known("ChooseStep.code", c.Code), known("ChooseStep.document", c.Document))
}

func (s *SayStep) check() error {
	named(&s.Who, phoneDefault)
	s.Times = max(s.Times, 1)
	given := 0
	for _, one := range []string{string(s.Message), s.Text, s.Binary} {
		if one != "" {
			given++
		}
	}
	if given != 1 {
		return errors.New("want exactly one of message, text and binary")
	}
	if s.Binary != "" {
		if _, err := hex.DecodeString(s.Binary); err != nil {
			return fmt.Errorf("binary %q: want two hexadecimal digits for each byte, such as 01ff", s.Binary)
		}
		return nil
	}
	if s.Message != "" {
		m, err := s.message()
		if err != nil {
			return fmt.Errorf("%w%s", err, meant(string(s.Message), typeNames()))
		}
		for key := range s.With {
			if err := fieldOf(reflect.TypeOf(m), key); err != nil {
				return fmt.Errorf("with: %w", err)
			}
		}
	}
	return nil
}

func typeNames() []string {
	var names []string
	for _, t := range protocol.Types() {
		names = append(names, string(t))
	}
	return names
}

func (s *Step) checkWho() error {
	who := map[string]**Who{"drop": &s.Drop, "resume": &s.Resume, "refresh": &s.Refresh, "reload": &s.Reload,
		"close": &s.Close}[s.verb]
	if *who == nil || **who == "" {
		return errors.New("want a desktop's or a phone's name")
	}
	if s.verb == "refresh" && **who == phoneDefault {
		return fmt.Errorf("%q: want a desktop; a phone's page is loaded again by reload", **who)
	}
	return nil
}

func (s *SendStep) check(scenario *Scenario) error {
	named(&s.Phone, phoneDefault)
	views := map[string]specimen.View{"document-front": specimen.Front, "document-back": specimen.Back,
		"selfie": specimen.Face}
	if views[s.Step] == "" {
		return oneOf("step", s.Step, vocabulary["SendStep.step"]...)
	}
	if s.Rate < 0 || s.Previews < 0 || s.PartsOnly < 0 || s.PartSize < 0 {
		return errors.New("want no number below 0: rate, previews, partsOnly, partSize")
	}
	if s.Show == "" {
		s.Show = views[s.Step]
	}
	for _, line := range []string{s.Condition, s.Stills} {
		if line == "" {
			continue
		}
		if _, err := parseTimeline(line); err != nil {
			return err
		}
	}
	if s.Seed == 0 {
		s.Seed = scenario.Seed
	}
	if s.Within.Duration == 0 {
		s.Within.Duration = 40 * time.Second
	}
	if s.Until == nil {
		s.Until = &Match{Message: string(protocol.TypeProgress), Where: map[string]any{
			"steps." + s.Step + ".state": "accepted"}}
	}
	if s.Until.On == "" {
		s.Until.On = s.Phone
	}
	if s.Shutter && s.NoStills {
		return errors.New("want shutter or noStills, not both")
	}
	return errors.Join(known("SendStep.show", string(s.Show)), known("SendStep.kind", s.Kind),
		known("SendStep.fail", s.Fail), known("SendStep.answer", s.Answer), s.Until.check())
}

func (m *Match) check() error {
	named(&m.On, phoneDefault)
	if m.Message == closedName {
		for path := range m.Where {
			if path != "code" && path != "error" {
				return fmt.Errorf("where %q: an end has code and error", path)
			}
		}
		return nil
	}
	i := slices.Index(typeNames(), m.Message)
	if i < 0 {
		return fmt.Errorf("message %q: want a type that the server sends, or closed%s", m.Message,
			meant(m.Message, append(typeNames(), closedName)))
	}
	message, err := protocol.Decode([]byte(`{"type":"` + m.Message + `"}`))
	if err != nil {
		return err
	}
	for path, want := range m.Where {
		if err := fieldOf(reflect.TypeOf(message), path); err != nil {
			return fmt.Errorf("where %w", err)
		}
		if err := checkValue(reflect.TypeOf(message), path, want); err != nil {
			return fmt.Errorf("where %q: %w", path, err)
		}
	}
	return nil
}

// fieldOf follows a path through the fields of a message: a typo is an error.
func fieldOf(t reflect.Type, path string) error {
	whole := t.Name()
	for part := range strings.SplitSeq(path, ".") {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Struct:
			var names []string
			next := reflect.Type(nil)
			for field := range t.Fields() {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				names = append(names, name)
				if name == part {
					next = field.Type
				}
			}
			if next == nil {
				return fmt.Errorf("%q: %s has no field %q: want one of %s%s", path, whole, part, listed(names), meant(part, names))
			}
			t = next
		case reflect.Slice, reflect.Array:
			if t.Elem().Kind() == reflect.Uint8 {
				return nil // JSON of its own, such as a view
			}
			element := t.Elem()
			if _, err := strconv.Atoi(part); err != nil && element == reflect.TypeFor[protocol.Check]() {
				if err := oneOf("check", part, checkNames()...); err != nil {
					return fmt.Errorf("%q: %w", path, err)
				}
			}
			if _, err := strconv.Atoi(part); err != nil && element == reflect.TypeFor[protocol.Step]() &&
				!slices.Contains([]string{"document-front", "document-back", "selfie"}, part) {
				return fmt.Errorf("%q: no step %q: want document-front, document-back or selfie", path, part)
			}
			t = element
		default:
			return fmt.Errorf("%q: %s has nothing below it", path, part)
		}
	}
	return nil
}

func oneOf(key, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("%s %q: want one of %s%s", key, value, listed(allowed), meant(value, allowed))
	}
	return nil
}
