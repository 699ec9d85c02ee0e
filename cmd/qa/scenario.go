package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"visavis/protocol"
	"visavis/specimen"
)

// Scenario is one file under scenarios: what a desktop and one or more phones do,
// and what they have to see.
type Scenario struct {
	Name       string              `yaml:"name"`
	About      string              `yaml:"about"`
	Document   string              `yaml:"document"`   // as in choose-document; default identity-card
	Specimen   specimen.Kind       `yaml:"specimen"`   // what is drawn; default the document's own
	Background specimen.Background `yaml:"background"` // default wood
	Seed       uint64              `yaml:"seed"`       // default 1
	Within     time.Duration       `yaml:"within"`     // for all of it; default 3m
	Never      []Match             `yaml:"never"`      // the scenario fails as soon as one is seen
	Steps      []Step              `yaml:"steps"`
}

// Step is one line of a scenario: exactly one of its fields is set.
type Step struct {
	Open    *OpenStep   `yaml:"open"`
	Claim   *ClaimStep  `yaml:"claim"`
	Choose  *ChooseStep `yaml:"choose"`
	Start   *StartStep  `yaml:"start"`
	Send    *SendStep   `yaml:"send"`
	Say     *SayStep    `yaml:"say"`
	Expect  *Match      `yaml:"expect"`
	Drop    *Who        `yaml:"drop"`
	Resume  *Who        `yaml:"resume"`
	Refresh *Who        `yaml:"refresh"`
	line    int         // in the file
	verb    string      // the field that is set
}

// OpenStep opens the desktop.
type OpenStep struct {
	Language string `yaml:"language"` // "fr" or "en"
}

// ClaimStep lets a phone follow the code that the desktop shows, see the
// invitation and claim the session.
type ClaimStep struct {
	Phone   string `yaml:"phone"`   // its name; default "phone"
	By      string `yaml:"by"`      // "link" (default) or "typed"
	Old     bool   `yaml:"old"`     // use the link that the first claim used, not the newest
	Refused bool   `yaml:"refused"` // no invitation comes, and that is right
}

// ChooseStep chooses the comparison code or the document.
type ChooseStep struct {
	Phone    string `yaml:"phone"`
	Code     string `yaml:"code"`     // "right" or "wrong"
	Document string `yaml:"document"` // empty: the scenario's
}

// StartStep says that the camera is open.
type StartStep struct {
	Phone string `yaml:"phone"`
}

// SayStep sends any message.
type SayStep struct {
	Who     string         `yaml:"who"` // "desktop" or a phone's name; default "phone"
	Message protocol.Type  `yaml:"message"`
	With    map[string]any `yaml:"with"`
}

// SendStep shows pictures to the server: previews, one at a time, and a still
// whenever one is asked for, until something is seen.
type SendStep struct {
	Phone     string             `yaml:"phone"`
	Step      string             `yaml:"step"`      // document-front, document-back, selfie
	Show      specimen.View      `yaml:"show"`      // drawn; default what the step asks for
	Condition specimen.Condition `yaml:"condition"` // default good
	Seed      uint64             `yaml:"seed"`      // default the scenario's
	Files     []string           `yaml:"files"`     // JPEG or PNG files, in turn, instead of drawn pictures
	Folder    string             `yaml:"folder"`    // all pictures of a folder, by name
	Previews  int                `yaml:"previews"`  // at most; 0 no limit
	NoStills  bool               `yaml:"noStills"`  // stills that are asked for are not sent
	PartsOnly int                `yaml:"partsOnly"` // only so many parts of a still are sent
	Until     *Match             `yaml:"until"`     // default: the step's still is accepted
	Within    time.Duration      `yaml:"within"`    // default 40s
}

// Match describes an event.
type Match struct {
	On      string         `yaml:"on"`      // "desktop" or a phone's name; default "phone"
	Message string         `yaml:"message"` // a message's type, or "closed"
	Where   map[string]any `yaml:"where"`   // field path: value; "any" stands for something, "none" for nothing, a list for one of
	Within  time.Duration  `yaml:"within"`  // default 10s
}

// Who names a party.
type Who string

// UnmarshalYAML reads a step and remembers its line.
func (s *Step) UnmarshalYAML(node ast.Node) error {
	type plain Step
	var p plain
	if err := yaml.NodeToValue(node, &p, yaml.Strict()); err != nil {
		return err
	}
	*s = Step(p)
	s.line = node.GetToken().Position.Line
	mapping, ok := node.(*ast.MappingNode)
	if !ok || len(mapping.Values) != 1 {
		return fmt.Errorf("line %d: a step has exactly one of %s", s.line, strings.Join(verbs(), ", "))
	}
	s.verb = mapping.Values[0].Key.String()
	return nil
}

func verbs() []string {
	return []string{"open", "claim", "choose", "start", "send", "say", "expect", "drop", "resume", "refresh"}
}

// LoadScenario reads a file. The error names file, line and key. Pictures are
// looked for beside the file.
func LoadScenario(path string) (*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	s, err := parseScenario(data)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", path, err)
	}
	for _, step := range s.Steps {
		if step.Send == nil {
			continue
		}
		for i, name := range step.Send.Files {
			step.Send.Files[i] = beside(path, name)
		}
		if step.Send.Folder != "" {
			step.Send.Folder = beside(path, step.Send.Folder)
		}
	}
	return s, nil
}

func beside(scenario, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(scenario), name)
}

func parseScenario(data []byte) (*Scenario, error) {
	s := Scenario{Document: "identity-card", Background: specimen.Wood, Seed: 1, Within: 3 * time.Minute}
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.Strict()); err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	if s.Name == "" {
		return nil, errors.New(`line 1: "name" is missing`)
	}
	if len(s.Steps) == 0 {
		return nil, errors.New(`line 1: "steps" is missing or empty`)
	}
	if s.Specimen == "" {
		s.Specimen = specimen.Kind(s.Document)
	}
	for i := range s.Steps {
		if err := s.check(&s.Steps[i]); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", s.Steps[i].line, s.Steps[i].verb, err)
		}
	}
	for i := range s.Never {
		if err := s.Never[i].check(); err != nil {
			return nil, fmt.Errorf("never %d: %w", i+1, err)
		}
	}
	return &s, nil
}

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

func (step *Step) checkWho() error {
	who := map[string]**Who{"drop": &step.Drop, "resume": &step.Resume, "refresh": &step.Refresh}[step.verb]
	if *who == nil || **who == "" {
		return errors.New(`want "desktop" or a phone's name`)
	}
	if step.verb == "refresh" && **who != desktopName {
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
	if s.Within == 0 {
		s.Within = 40 * time.Second
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
	return s.Until.check()
}

func (m *Match) check() error {
	phoneName(&m.On)
	if m.Within == 0 {
		m.Within = 10 * time.Second
	}
	if m.Message == closedName {
		return nil
	}
	known := []protocol.Type{
		protocol.TypeWelcome, protocol.TypePairing, protocol.TypeInvitation, protocol.TypeProgress, protocol.TypeLive, protocol.TypeNotice,
		protocol.TypeFrameResult, protocol.TypeCaptureStill, protocol.TypePartAck, protocol.TypeStillResult, protocol.TypeChallenge, protocol.TypeError,
	}
	if !slices.Contains(known, protocol.Type(m.Message)) {
		return fmt.Errorf("message %q: want a type that the server sends, or closed", m.Message)
	}
	return nil
}

// desktopName and phoneDefault are the parties every scenario has; closedName
// stands for the end of a connection.
const (
	desktopName  = "desktop"
	phoneDefault = "phone"
	closedName   = "closed"
)

func phoneName(name *string) {
	if *name == "" {
		*name = phoneDefault
	}
}

func or[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

func oneOf(key, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("%s %q: want one of %q", key, value, allowed)
	}
	return nil
}
