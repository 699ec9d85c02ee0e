package main

import (
	"strings"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
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
