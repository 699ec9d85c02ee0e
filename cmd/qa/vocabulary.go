package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"visavis/protocol/schema"
	"visavis/specimen"
	"visavis/static"
	"visavis/words"
)

// kinds, views and backgrounds are what may be drawn, by name.
func kinds() []string       { return strings.Split(kindNames(), ", ") }
func views() []string       { return []string{"front", "back", "face", "nothing"} }
func backgrounds() []string { return texts(specimen.Backgrounds()) }

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}

// vocabulary is what a key of a step may say, by "Step.key": qa lint and the schema for
// editors have it from here.
var vocabulary = map[string][]string{
	"OpenStep.language":   words.Tags(),
	"ClaimStep.by":        {"link", "qr", "typed"},
	"ChooseStep.code":     {"right", "wrong"},
	"ChooseStep.document": documents(),
	"SendStep.step":       {"document-front", "document-back", "selfie"},
	"SendStep.show":       views(),
	"SendStep.kind":       kinds(),
	"SendStep.answer":     {"right", "wrong", "late", "never", "skip"},
	"SendStep.fail":       {"busy", "broken", "slow"},
	"NetworkStep.state":   {"up", "down", "slow"},
	"Scenario.document":   documents(),
	"Scenario.specimen":   kinds(),
	"Scenario.background": backgrounds(),
}

// known refuses a value that the vocabulary does not have for "Step.key". Empty is the
// key's default, and ${…} is filled in later.
func known(where, value string) error {
	_, key, _ := strings.Cut(where, ".")
	if value == "" || variable.MatchString(value) {
		return nil
	}
	return oneOf(key, value, vocabulary[where]...)
}

// contract is a node of the wire's JSON Schema, as far as it is looked at here.
type contract struct {
	Ref        string              `json:"$ref"`
	Defs       map[string]contract `json:"$defs"`
	Properties map[string]contract `json:"properties"`
	Items      *contract           `json:"items"`
	Enum       []any               `json:"enum"`
}

// UnmarshalJSON reads a node; true and false, which allow all and nothing, are empty ones.
func (c *contract) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return nil
	}
	type plain contract
	return json.Unmarshal(data, (*plain)(c))
}

var wire = sync.OnceValue(func() contract {
	var c contract
	data, err := schema.Files.ReadFile(schema.Messages)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		panic(err) // a file of this program
	}
	return c
})

func documents() []string { return valuesAt("ChooseDocument", "document") }

// valuesAt are what the protocol allows at the path of a message; nil: anything.
func valuesAt(message, path string) (all []string) {
	at := wire().Defs[message]
	for part := range strings.SplitSeq(path, ".") {
		for at.Ref != "" {
			at = wire().Defs[at.Ref[strings.LastIndex(at.Ref, "/")+1:]]
		}
		if at.Items != nil {
			at = *at.Items // part is an index, or an element's step or name
			continue
		}
		at = at.Properties[part]
	}
	for _, v := range at.Enum {
		all = append(all, fmt.Sprint(v))
	}
	return all
}

// checkValue refuses a value that a message never has at a path, and a comparison that is
// none.
func checkValue(message reflect.Type, path string, want any) error {
	switch w := want.(type) {
	case []any:
		for _, one := range w {
			if err := checkValue(message, path, one); err != nil {
				return err
			}
		}
	case string:
		operator, _, err := compared(w)
		allowed := valuesAt(message.Name(), path)
		always := []string{"", "any", "none"}
		if err != nil || operator != "" || len(allowed) == 0 || slices.Contains(always, w) || variable.MatchString(w) {
			return err
		}
		last := path[strings.LastIndex(path, ".")+1:]
		return oneOf(last, w, allowed...)
	}
	return nil
}

// parties are the names of everybody who opens or claims in the steps.
func parties(steps []Step) (all []string) {
	forEach(steps, func(s *Step) {
		switch {
		case s.Open != nil:
			all = append(all, s.Open.As)
		case s.Claim != nil:
			all = append(all, s.Claim.Phone)
		}
	})
	return all
}

// others are the names of others in a step, each with its key.
func (s *Step) others() map[string]string {
	all := map[string]string{}
	for key, match := range map[string]*Match{"on": s.Expect, "on of absent": s.Absent, "until on": untilOf(*s)} {
		if match != nil {
			all[key] = match.On
		}
	}
	for key, who := range map[string]*Who{"drop": s.Drop, "resume": s.Resume, "refresh": s.Refresh, "reload": s.Reload,
		"close": s.Close} {
		if who != nil {
			all[key] = string(*who)
		}
	}
	switch {
	case s.Claim != nil:
		all["pageOf"] = s.Claim.PageOf
		if s.Claim.Code == "" && s.Claim.Screenshot == "" && s.Claim.PageOf == "" {
			all["from"] = s.Claim.From
		}
	case s.Open != nil:
		all["tabOf"] = s.Open.TabOf
	case s.Choose != nil:
		all["phone"] = s.Choose.Phone
	case s.Start != nil:
		all["phone"] = s.Start.Phone
	case s.Send != nil:
		all["phone"] = s.Send.Phone
	case s.Say != nil:
		all["who"] = s.Say.Who
	case s.Network != nil:
		all["who"] = s.Network.Who
	case s.HTTP != nil:
		all["as"] = s.HTTP.As
	}
	return all
}

// strangers refuses a name that nobody has who opens or claims.
func (s *Scenario) strangers() (err error) {
	there := parties(s.Steps)
	forEach(s.Steps, func(step *Step) {
		others := step.others()
		for _, key := range slices.Sorted(maps.Keys(others)) {
			name := others[key]
			if err != nil || name == "" || slices.Contains(there, name) {
				continue
			}
			err = step.wrong(s.path, fmt.Errorf("%s %q: nobody of this name opens or claims, there are %s%s", key, name,
				or2(listed(there), "none"), meant(name, there)))
		}
	})
	return err
}

// wrong is an error of a step, with its file and line.
func (s *Step) wrong(path string, err error) error {
	if s.file != "" {
		path = s.file
	}
	if path == "" {
		path = "line "
	} else {
		path += ":"
	}
	return fmt.Errorf("%s%s: %s: %w", path, strconv.Itoa(s.line), s.verb, err)
}

// untilOf is what a send step waits for; nil: another step.
func untilOf(s Step) *Match {
	if s.Send == nil {
		return nil
	}
	return s.Send.Until
}

// file is the name of the scenario's file; empty where it was not read from one.
func (s *Scenario) file() string {
	if s.path == "" {
		return ""
	}
	return filepath.Base(s.path)
}

// checkNames are the checks that a verdict may have: those that the pages have words for.
var checkNames = sync.OnceValue(func() (all []string) {
	var known map[string]string
	data, err := static.Files.ReadFile("js/words/" + words.Tags()[0] + "/hints.json")
	if err == nil {
		err = json.Unmarshal(data, &known)
	}
	if err != nil {
		panic(err) // a file of this program
	}
	for key := range known {
		if name, ok := strings.CutPrefix(key, "check."); ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
})
