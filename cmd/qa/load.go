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
		return nil, inFile(path, err)
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
	if err := s.strangers(); err != nil {
		return nil, err
	}
	forEach(s.Steps, func(step *Step) {
		for _, name := range step.pictures() {
			*name = beside(path, *name)
			if _, missing := os.Stat(*name); missing != nil && *name != "" && !variable.MatchString(*name) && err == nil {
				err = step.wrong(path, missing)
			}
		}
	})
	return s, err
}

// pictures are the names of files and folders in a step.
func (s *Step) pictures() (all []*string) {
	if s.Claim != nil {
		all = append(all, &s.Claim.Screenshot)
	}
	if s.Send != nil {
		all = append(all, &s.Send.Folder, &s.Send.Video)
		for i := range s.Send.Files {
			all = append(all, &s.Send.Files[i])
		}
	}
	return all
}

// place is how an error of the YAML reader or of one's own names a line.
var place = regexp.MustCompile(`^(?:line (\d+)|\[(\d+):\d+\]):? `)

// inFile puts a file's name before the line, in the form that editors and build servers
// know: FILE:LINE: what is wrong.
func inFile(path string, err error) error {
	text := err.Error()
	if at := place.FindStringSubmatch(text); at != nil {
		return fmt.Errorf("%s:%s%s: %s", path, at[1], at[2], text[len(at[0]):])
	}
	return fmt.Errorf("%s: %w", path, err)
}

// goType finds in an error of the YAML reader the Go type that a value does not fit.
var (
	goType    = regexp.MustCompile(`cannot unmarshal (\S+) into Go (?:struct field \S+|value) of type (\S+)(?: \( overflow \))?`)
	goNumbers = map[string]string{"float64": "a number", "int": "a whole number", "uint64": "a whole number, 0 or more",
		"bool": "true or false", "string": "text"}
)

// plainly is an error of the YAML reader, in words for people who know no Go: what is
// wrong, a likely key, and the lines around it.
func plainly(err error) error {
	text := strings.TrimSpace(yaml.FormatError(err, false, true))
	first, lines, _ := strings.Cut(text, "\n")
	first = goType.ReplaceAllStringFunc(first, func(found string) string {
		parts := goType.FindStringSubmatch(found)
		if want, ok := goNumbers[parts[2]]; ok {
			return parts[1] + " is here, want " + want
		}
		return found
	})
	first = strings.NewReplacer("was used where mapping is expected", "is here, want keys with values",
		"was used where sequence is expected", "is here, want a list").Replace(first)
	if first += unknownKey(err); lines != "" {
		first += "\n" + lines
	}
	return errors.New(first)
}

// included are the steps of a file that has nothing but steps and variables.
func included(path string, of *Scenario, vars map[string]any) ([]Step, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: include %s: %w", of.path, filepath.Base(path), err)
	}
	var part struct {
		About string         `yaml:"about"`
		Vars  map[string]any `yaml:"vars"`
		Steps []Step         `yaml:"steps"`
	}
	all := merged(varsOf(data), of.Vars, vars)
	if err := yaml.UnmarshalWithOptions(expanded(data, all), &part, yaml.Strict()); err != nil {
		return nil, inFile(path, plainly(err))
	}
	if err := of.checkSteps(part.Steps); err != nil {
		return nil, inFile(path, err)
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

// varsOf are the variables of a file; none where it is broken: reading the whole of it says
// what is wrong.
func varsOf(data []byte) map[string]any {
	var head struct {
		Vars map[string]any `yaml:"vars"`
	}
	if yaml.Unmarshal(data, &head) != nil {
		return nil
	}
	return head.Vars
}

// parseScenario reads a scenario; vars win over its own.
func parseScenario(data []byte, vars map[string]any) (*Scenario, error) {
	data = expanded(data, merged(varsOf(data), vars))
	s := Scenario{Document: "identity-card", Background: specimen.Wood, Seed: 1, Within: Span{3 * time.Minute}}
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.Strict()); err != nil {
		return nil, plainly(err)
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
			return nil, fmt.Errorf("line %d: never: %w", s.Never[i].line, err)
		}
	}
	return &s, s.checkHead()
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

// checkHead refuses what is drawn of nothing, and limits below 0.
func (s *Scenario) checkHead() error {
	if err := errors.Join(known("Scenario.document", s.Document), known("Scenario.specimen", string(s.Specimen)),
		known("Scenario.background", string(s.Background))); err != nil || s.Server == nil {
		return err
	}
	for field, value := range reflect.ValueOf(*s.Server).Fields() {
		if value.CanInt() && value.Int() < 0 {
			return fmt.Errorf("server: %s %d: want 0 or more", field.Tag.Get("yaml"), value.Int())
		}
	}
	return nil
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
