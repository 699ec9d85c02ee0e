package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/words"
)

func TestParseScenarioNamesLineAndKey(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // parts of the error
	}{
		{"an unknown key of the scenario", "name: a\nsed: 3\nsteps:\n  - open:\n", []string{"[2:", `"sed"`}},
		{"an unknown key of a step", "name: a\nsteps:\n  - open:\n  - send: {step: selfie, shwo: face}\n", []string{"[4:", `"shwo"`}},
		{"an unknown step", "name: a\nsteps:\n  - open:\n  - opne: desktop\n", []string{"line 4", `"opne"`, `did you mean "open"?`}},
		{"two steps in one", "name: a\nsteps:\n  - open:\n    claim:\n", []string{"line 3", "exactly one"}},
		{"an unknown step name", "name: a\nsteps:\n  - send: {step: front}\n", []string{"line 3", "send", `step "front"`}},
		{"an unknown message", "name: a\nsteps:\n  - open:\n  - expect: {message: progres}\n", []string{"line 4", "expect", `"progres"`}},
		{"a message nobody can say", "name: a\nsteps:\n  - say: {message: hallo}\n", []string{"line 3", "say", "hallo"}},
		{"a wrong choice of code", "name: a\nsteps:\n  - choose: {code: maybe}\n", []string{"line 3", "choose", `"maybe"`}},
		{"code and document at once", "name: a\nsteps:\n  - choose: {code: right, document: passport}\n", []string{"line 3", "choose"}},
		{"a refreshed phone", "name: a\nsteps:\n  - refresh: phone\n", []string{"line 3", "refresh", `"phone"`}},
		{"a drop of nobody", "name: a\nsteps:\n  - drop:\n", []string{"line 3", "drop"}},
		{"a wrong kind of value", "name: a\nsteps:\n  - expect: {message: live, within: soon}\n", []string{"line 3", "soon"}},
		{"an empty step", "name: a\nsteps:\n  - open:\n  - null\n", []string{"step 2", "empty"}},
		{"no steps", "name: a\n", []string{`"steps"`}},
		{"no name", "steps:\n  - open:\n", []string{`"name"`}},
		{"a check that is none", "name: a\nsteps:\n  - expect: {message: frame-result, where: {checks.sharpnes: \"> 1\"}}\n",
			[]string{"line 3", "expect", `did you mean "sharpness"?`}},
		{"a state that is none", "name: a\nsteps:\n  - expect: {message: progress, where: {state: [done, pared]}}\n",
			[]string{"line 3", "expect", `did you mean "paired"?`}},
		{"a step's state that is none", "name: a\nsteps:\n  - expect: {message: progress, where: {steps.selfie.state: acepted}}\n",
			[]string{"line 3", `did you mean "accepted"?`}},
		{"a document that is none", "name: a\ndocument: passprt\nsteps:\n  - open:\n", []string{`did you mean "passport"?`}},
		{"a limit below 0", "name: a\nserver: {sockets: -1}\nsteps:\n  - open:\n", []string{"sockets -1"}},
		{"a rate below 0", "name: a\nsteps:\n  - send: {step: selfie, rate: -1}\n", []string{"line 3", "rate"}},
		{"a step without a colon", "name: a\nsteps:\n  - open\n", []string{"line 3", `such as "open:"`}},
		{"text for a number", "name: a\nsteps:\n  - network: {loss: much}\n", []string{"[3:", "want a number"}},
		{"a wrong never", "name: a\nnever:\n  - {message: liv}\nsteps:\n  - open:\n", []string{"line 3", "never", `"live"`}},
		{"a language that there is none of", "name: a\nsteps:\n  - open: {language: xx}\n", []string{"line 3", `language "xx"`}},
		{"nothing at the same time", "name: a\nsteps:\n  - parallel: []\n", []string{"line 3", "parallel"}},
		{"broken YAML", "name: [a\n", []string{"[1:"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseScenario([]byte(test.text), nil)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q: want %q in it", err, want)
				}
			}
		})
	}
}

// What only the file shows: who is there, which pictures are, and the name of the file.
func TestLoadScenarioNamesTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"  - open:\n  - expect: {on: dekstop, message: pairing}\n":             `s.yaml:4: expect: on "dekstop"`,
		"  - open:\n  - claim: {from: desk}\n":                                 `s.yaml:4: claim: from "desk"`,
		"  - send: {step: selfie}\n":                                           `s.yaml:3: send: phone "phone": nobody`,
		"  - open:\n  - claim:\n  - send: {step: selfie, files: [none.jpg]}\n": "s.yaml:5: send: stat ",
		"  - opne:\n":           `s.yaml:3: unknown step "opne"`,
		"  - {open: {az: x}}\n": `s.yaml:3: unknown field "az"; did you mean "as"?`,
	} {
		path := filepath.Join(t.TempDir(), "s.yaml")
		if err := os.WriteFile(path, []byte("name: a\nsteps:\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadScenario(path, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", text, err, want)
		}
	}
}

// An included file's variables are its own defaults.
func TestIncludedVariables(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"part.yaml": "vars: {who: left, tongue: fr}\nsteps:\n  - open: {as: \"${who}\", language: \"${tongue}\"}\n",
		"s.yaml":    "name: a\ninclude: [part.yaml]\nvars: {tongue: en}\nsteps:\n  - close: left\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := LoadScenario(filepath.Join(dir, "s.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if open := s.Steps[0].Open; open.As != "left" || open.Language != "en" {
		t.Errorf("open %+v: want the part's name and the scenario's language", open)
	}
}

// A desktop opens in every language of the server.
func TestADesktopSpeaksEveryLanguage(t *testing.T) {
	for _, tag := range words.Tags() {
		if _, err := parseScenario([]byte("name: a\nsteps:\n  - open: {language: "+tag+"}\n"), nil); err != nil {
			t.Errorf("%s: %v", tag, err)
		}
	}
}

func TestParseScenarioFillsIn(t *testing.T) {
	s, err := parseScenario([]byte(
		"name: a\nseed: 9\ndocument: passport\nsteps:\n  - open:\n  - send: {step: selfie, within: 3s}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Document != "passport" || s.Within.Duration != 3*time.Minute {
		t.Errorf("scenario %+v: want a drawn passport and 3 minutes", s)
	}
	send := s.Steps[1].Send
	if send.Phone != "phone" || send.Show != "face" || send.Seed != 9 || send.Within.Duration != 3*time.Second ||
		send.Until.Message != "progress" || send.Until.On != "phone" {
		t.Errorf("send %+v until %v: want the phone, the face, seed 9, 3 s, until the step is accepted", send, send.Until)
	}
}

func TestMatch(t *testing.T) {
	progress := client.Event{Message: protocol.Progress{Rev: 4, State: "capturing", Reference: "K7Q2MX",
		Steps: []protocol.Step{
			{Step: "document-front", State: "accepted", StillsLeft: 4}, {Step: "selfie", State: "active"},
		}}}
	closed := client.Event{Ended: true, Code: 4507}
	judged := client.Event{Message: protocol.FrameResult{Checks: []protocol.Check{{Name: "brightness", Value: 30}}}}
	tests := []struct {
		name  string
		match Match
		event client.Event
		want  bool
	}{
		{"a type alone", Match{Message: "progress"}, progress, true},
		{"another type", Match{Message: "live"}, progress, false},
		{"a field", Match{Message: "progress", Where: map[string]any{"state": "capturing"}}, progress, true},
		{"a field of another value", Match{Message: "progress", Where: map[string]any{"state": "done"}}, progress, false},
		{"a number", Match{Message: "progress", Where: map[string]any{"rev": uint64(4)}}, progress, true},
		{"one of several", Match{Message: "progress", Where: map[string]any{"rev": []any{uint64(3), uint64(4)}}}, progress, true},
		{"none of several", Match{Message: "progress", Where: map[string]any{"rev": []any{uint64(3), uint64(5)}}}, progress, false},
		{"an element by its step", Match{Message: "progress", Where: map[string]any{"steps.selfie.state": "active"}}, progress, true},
		{"an element by its index", Match{Message: "progress", Where: map[string]any{"steps.0.stillsLeft": uint64(4)}}, progress, true},
		{"an element that is not there", Match{Message: "progress", Where: map[string]any{"steps.2.state": "active"}}, progress, false},
		{"anything", Match{Message: "progress", Where: map[string]any{"reference": "any"}}, progress, true},
		{"anything where nothing is", Match{Message: "progress", Where: map[string]any{"code": "any"}}, progress, false},
		{"nothing", Match{Message: "progress", Where: map[string]any{"code": "none"}}, progress, true},
		{"false where a field is left out", Match{Message: "progress", Where: map[string]any{"warn": false}}, progress, true},
		{"a measured value", Match{Message: "frame-result", Where: map[string]any{"checks.brightness": "< 60"}}, judged, true},
		{"no value where nothing was measured", Match{Message: "frame-result", Where: map[string]any{"checks.frame-light": "< 60"}}, judged, false},
		{"a zero that is left out", Match{Message: "frame-result", Where: map[string]any{"seq": "< 60"}}, judged, true},
		{"an end", Match{Message: "closed", Where: map[string]any{"code": uint64(4507)}}, closed, true},
		{"another end", Match{Message: "closed", Where: map[string]any{"code": uint64(4500)}}, closed, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.match.matches(test.event); got != test.want {
				t.Errorf("%v on %s%s: got %v, want %v", &test.match, kind(test.event), describe(test.event), got, test.want)
			}
		})
	}
}

// Secrets never reach the printed log.
func TestDescribeHidesSecrets(t *testing.T) {
	for _, m := range []protocol.Message{
		protocol.Welcome{DeviceSecret: "SECRET"},
		protocol.Pairing{URL: "https://h/p#SECRET", TypedCode: "SECRET", SameDevice: "SECRET"},
	} {
		if line := describe(client.Event{Message: m}); strings.Contains(line, "SECRET") {
			t.Errorf("described as %s", line)
		}
	}
}
