package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"visavis/specimen"
)

// verbs are the steps there are, in the order of Step.
func verbs() []string {
	var names []string
	for field := range reflect.TypeFor[Step]().Fields() {
		if name := field.Tag.Get("yaml"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func knownVerb(verb string) bool { return slices.Contains(verbs(), verb) }

func listed(words []string) string { return strings.Join(words, ", ") }

// LoadScenario reads a file. The error names file, line and key, and what would be
// right. Pictures and included files are looked for beside the file.
func LoadScenario(path string, vars map[string]any) (*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	s, err := parseScenario(data, vars)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.path = path
	var before []Step
	for _, name := range s.Include {
		steps, err := included(beside(path, name), s, vars)
		if err != nil {
			return nil, err
		}
		before = append(before, steps...)
	}
	s.Steps = append(before, s.Steps...)
	forEach(s.Steps, func(step *Step) {
		if step.Claim != nil {
			step.Claim.Screenshot = beside(path, step.Claim.Screenshot)
		}
		if step.Send == nil {
			return
		}
		for i, name := range step.Send.Files {
			step.Send.Files[i] = beside(path, name)
		}
		step.Send.Folder, step.Send.Video = beside(path, step.Send.Folder), beside(path, step.Send.Video)
	})
	return s, nil
}

// included are the steps of a file that has nothing but steps and variables.
func included(path string, of *Scenario, vars map[string]any) ([]Step, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: include: %w", of.path, err)
	}
	var part struct {
		About string         `yaml:"about"`
		Vars  map[string]any `yaml:"vars"`
		Steps []Step         `yaml:"steps"`
	}
	all := merged(part.Vars, of.Vars, vars)
	if err := yaml.UnmarshalWithOptions(expanded(data, all), &part, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %s", path, strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	if err := of.checkSteps(part.Steps); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	forEach(part.Steps, func(step *Step) { step.file = filepath.Base(path) })
	return part.Steps, nil
}

// forEach calls do for every step, those inside of others too.
func forEach(steps []Step, do func(*Step)) {
	for i := range steps {
		do(&steps[i])
		if steps[i].Repeat != nil {
			forEach(steps[i].Repeat.Steps, do)
		}
		for _, branch := range steps[i].Parallel {
			forEach(branch, do)
		}
	}
}

func beside(scenario, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(scenario), name)
}

var variable = regexp.MustCompile(`\$\{([A-Za-z][A-Za-z0-9_]*)\}`)

// loopVariable counts the times of a repeat; it is known while a scenario is played.
const loopVariable = "i"

// expanded puts variables in. Those of loops and answers stay for later.
func expanded(data []byte, vars map[string]any) []byte {
	return variable.ReplaceAllFunc(data, func(found []byte) []byte {
		if v, ok := vars[string(found[2:len(found)-1])]; ok {
			return fmt.Append(nil, v)
		}
		return found
	})
}

// merged puts maps together; later ones win.
func merged(all ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, one := range all {
		maps.Copy(out, one)
	}
	return out
}

// parseScenario reads a scenario; vars win over its own.
func parseScenario(data []byte, vars map[string]any) (*Scenario, error) {
	var head struct {
		Vars map[string]any `yaml:"vars"`
	}
	if err := yaml.Unmarshal(data, &head); err != nil {
		head.Vars = nil // the whole file says below what is wrong
	}
	data = expanded(data, merged(head.Vars, vars))
	s := Scenario{Document: "identity-card", Background: specimen.Wood, Seed: 1, Within: Span{3 * time.Minute}}
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.Strict()); err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)) + unknownKey(err))
	}
	s.Vars = merged(s.Vars, vars)
	if s.Name == "" {
		return nil, errors.New(`line 1: "name" is missing`)
	}
	if len(s.Steps) == 0 {
		return nil, errors.New(`line 1: "steps" is missing or empty`)
	}
	if err := s.checkSteps(s.Steps); err != nil {
		return nil, err
	}
	for i := range s.Never {
		if err := s.Never[i].check(); err != nil {
			return nil, fmt.Errorf("never %d: %w", i+1, err)
		}
	}
	return &s, nil
}

var unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)

// unknownKey suggests a key that may have been meant.
func unknownKey(err error) string {
	found := unknownField.FindStringSubmatch(err.Error())
	if found == nil {
		return ""
	}
	var keys []string
	for _, t := range []reflect.Type{
		reflect.TypeFor[Scenario](), reflect.TypeFor[OpenStep](), reflect.TypeFor[ClaimStep](), reflect.TypeFor[ChooseStep](),
		reflect.TypeFor[StartStep](),
		reflect.TypeFor[SayStep](), reflect.TypeFor[SendStep](), reflect.TypeFor[Match](), reflect.TypeFor[NetworkStep](),
		reflect.TypeFor[HTTPStep](),
		reflect.TypeFor[ServerSettings](), reflect.TypeFor[RepeatStep](),
	} {
		for field := range t.Fields() {
			if name := field.Tag.Get("yaml"); name != "" {
				keys = append(keys, name)
			}
		}
	}
	return meant(found[1], keys)
}

// checkSteps fills in defaults and refuses what cannot be played.
func (s *Scenario) checkSteps(steps []Step) error {
	for i := range steps {
		step := &steps[i]
		if step.verb == "" { // "- null" is read without a word
			return fmt.Errorf("step %d is empty: want exactly one of %s", i+1, listed(verbs()))
		}
		if err := s.check(step); err != nil {
			return fmt.Errorf("line %d: %s: %w", step.line, step.verb, err)
		}
		if step.Repeat != nil {
			if err := s.checkSteps(step.Repeat.Steps); err != nil {
				return err
			}
		}
		for _, branch := range step.Parallel {
			if err := s.checkSteps(branch); err != nil {
				return err
			}
		}
	}
	return nil
}

// desktopName and phoneDefault are the parties most scenarios have; closedName
// stands for the end of a connection.
const (
	desktopName  = "desktop"
	phoneDefault = "phone"
	closedName   = "closed"
)

func named(name *string, usual string) {
	if *name == "" {
		*name = usual
	}
}

func or[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}
