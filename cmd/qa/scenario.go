package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	Within     Span                `yaml:"within"`     // for all of it; default 3m
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
	Shutter   bool               `yaml:"shutter"`   // no previews: stills taken with the shutter, one after another
	NoStills  bool               `yaml:"noStills"`  // stills that are asked for are not sent
	PartsOnly int                `yaml:"partsOnly"` // only so many parts of a still are sent
	Until     *Match             `yaml:"until"`     // default: the step's still is accepted
	Within    Span               `yaml:"within"`    // default 40s
}

// Match describes an event.
type Match struct {
	On      string         `yaml:"on"`      // "desktop" or a phone's name; default "phone"
	Message string         `yaml:"message"` // a message's type, or "closed"
	Where   map[string]any `yaml:"where"`   // field path: value; "any" stands for something, "none" for nothing, a list for one of
	Within  Span           `yaml:"within"`  // default 10s
}

// Who names a party.
type Who string

// Span is a time such as 300ms, 20s or 2m.
type Span struct{ time.Duration }

// UnmarshalYAML reads a span; its error names the line.
func (s *Span) UnmarshalYAML(node ast.Node) error {
	text := node.GetToken().Value
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("line %d: %q: want a time above 0 such as 20s", node.GetToken().Position.Line, text)
	}
	s.Duration = d
	return nil
}

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
	s := Scenario{Document: "identity-card", Background: specimen.Wood, Seed: 1, Within: Span{3 * time.Minute}}
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
		if s.Steps[i].verb == "" { // "- null" is read without a word
			return nil, fmt.Errorf("step %d is empty: want exactly one of %s", i+1, strings.Join(verbs(), ", "))
		}
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
