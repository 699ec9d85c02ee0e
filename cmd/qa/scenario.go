package main

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"visavis/protocol"
	"visavis/specimen"
)

// Scenario is one file: what desktops and phones do, and what they have to see.
type Scenario struct {
	Name       string              `yaml:"name"`
	About      string              `yaml:"about"`
	Tags       []string            `yaml:"tags"`       // qa run -tag plays those that have one
	Include    []string            `yaml:"include"`    // files whose steps come first, beside this one
	Vars       map[string]any      `yaml:"vars"`       // stand for ${NAME} in every value
	Document   string              `yaml:"document"`   // as in choose-document; default identity-card
	Specimen   specimen.Kind       `yaml:"specimen"`   // what is drawn; default the document that was chosen
	Background specimen.Background `yaml:"background"` // default wood
	Seed       uint64              `yaml:"seed"`       // default 1
	Within     Span                `yaml:"within"`     // for all of it; default 3m
	Server     *ServerSettings     `yaml:"server"`     // plays against a mock server of its own
	Never      []Match             `yaml:"never"`      // the scenario fails as soon as one is seen
	Steps      []Step              `yaml:"steps"`
	Assert     []Assertion         `yaml:"assert"` // of the whole, at its end
	path       string
}

// ServerSettings are the limits of a scenario's own server; what is left out is as in
// a real one.
type ServerSettings struct {
	Challenge          bool `yaml:"challenge"`
	TokenLife          Span `yaml:"tokenLife"`
	TypedLife          Span `yaml:"typedLife"`
	CodesLife          Span `yaml:"codesLife"`
	ScannedLife        Span `yaml:"scannedLife"`
	Grace              Span `yaml:"grace"`
	Idle               Span `yaml:"idle"`
	Total              Span `yaml:"total"`
	Extend             Span `yaml:"extend"`
	Absent             Span `yaml:"absent"`
	Hello              Span `yaml:"hello"`
	SessionsPerHour    int  `yaml:"sessionsPerHour"`
	ClaimsPer10Min     int  `yaml:"claimsPer10Min"`
	InvitesPer10Min    int  `yaml:"invitesPer10Min"`
	TypedMissesPerHour int  `yaml:"typedMissesPerHour"`
	MessagesASecond    int  `yaml:"messagesASecond"`
	Sockets            int  `yaml:"sockets"`
}

// Step is one line of a scenario: exactly one of its fields is set.
type Step struct {
	Open     *OpenStep    `yaml:"open"`
	Claim    *ClaimStep   `yaml:"claim"`
	Choose   *ChooseStep  `yaml:"choose"`
	Start    *StartStep   `yaml:"start"`
	Send     *SendStep    `yaml:"send"`
	Say      *SayStep     `yaml:"say"`
	Expect   *Match       `yaml:"expect"`
	Absent   *Match       `yaml:"absent"` // is not seen for the time of within
	Drop     *Who         `yaml:"drop"`
	Resume   *Who         `yaml:"resume"`
	Refresh  *Who         `yaml:"refresh"` // a desktop's page is loaded again
	Reload   *Who         `yaml:"reload"`  // a phone's page is: it keeps its device secret alone
	Close    *Who         `yaml:"close"`
	Network  *NetworkStep `yaml:"network"`
	HTTP     *HTTPStep    `yaml:"http"`
	Wait     *Span        `yaml:"wait"`
	Repeat   *RepeatStep  `yaml:"repeat"`
	Parallel [][]Step     `yaml:"parallel"` // lists of steps that are played at the same time
	Assert   *Assertion   `yaml:"assert"`
	line     int          // in the file
	file     string       // when it comes from an included one
	verb     string       // the field that is set
}

// OpenStep opens a desktop.
type OpenStep struct {
	As       string `yaml:"as"`       // its name; default "desktop"
	TabOf    string `yaml:"tabOf"`    // another tab of a desktop that is open: the same cookie
	Language string `yaml:"language"` // of words, such as "fr"
	Refused  string `yaml:"refused"`  // the code of the refusal that is right
	NoSocket *bool  `yaml:"noSocket"` // go by HTTP alone
	Poll     bool   `yaml:"poll"`     // and ask instead of reading events
}

// ClaimStep lets a phone follow the code that a desktop shows, see the invitation and
// claim the session.
type ClaimStep struct {
	Phone      string `yaml:"phone"`      // its name; default "phone"
	From       string `yaml:"from"`       // the desktop; default "desktop"
	By         string `yaml:"by"`         // "link" (default), "qr" (read from the SVG) or "typed"
	Screenshot string `yaml:"screenshot"` // a PNG or JPEG file, or an SVG one, whose QR is read
	Code       string `yaml:"code"`       // this typed code or link, whatever is shown
	Old        bool   `yaml:"old"`        // use the link that the first claim used, or the first one shown, not the newest
	Refused    bool   `yaml:"refused"`    // no invitation comes, and that is right
	HelloOnly  bool   `yaml:"helloOnly"`  // the page is opened and nothing claimed
	SameDevice bool   `yaml:"sameDevice"` // with the proof that the desktop left in this browser
	NoSocket   *bool  `yaml:"noSocket"`   // go by HTTP alone
	NoBeat     bool   `yaml:"noBeat"`
	PageOf     string `yaml:"pageOf"` // another page of a phone that has claimed
	Silent     bool   `yaml:"silent"` // the socket is opened, and nothing said on it
}

// ChooseStep chooses the comparison code or the document.
type ChooseStep struct {
	Phone    string `yaml:"phone"`
	Code     string `yaml:"code"`     // "right" or "wrong"
	Document string `yaml:"document"` // empty: the scenario's
}

// StartStep says that the camera is open.
type StartStep struct {
	Phone      string `yaml:"phone"`
	VoiceGuide bool   `yaml:"voiceGuide"`
}

// SayStep sends any message, or any text or bytes.
type SayStep struct {
	Who     string         `yaml:"who"` // a desktop's or a phone's name; default "phone"
	Message protocol.Type  `yaml:"message"`
	With    map[string]any `yaml:"with"`
	Text    string         `yaml:"text"`   // sent as it is
	Binary  string         `yaml:"binary"` // hex, sent as it is
	Times   int            `yaml:"times"`  // default 1
}

// SendStep shows pictures to the server: previews, one at a time, and a still
// whenever one is asked for, until something is seen. Challenges are answered.
type SendStep struct {
	Phone     string             `yaml:"phone"`
	Step      string             `yaml:"step"`      // document-front, document-back, selfie
	Show      specimen.View      `yaml:"show"`      // default what the step asks for
	Kind      string             `yaml:"kind"`      // of document; default the one that was chosen
	Condition string             `yaml:"condition"` // "blurred", or with times: "blurred 2s, dark 1s, good"
	Stills    string             `yaml:"stills"`    // the condition of stills; default the same
	Set       map[string]float64 `yaml:"set"`       // measured values, against a mock server
	Fail      string             `yaml:"fail"`      // busy, broken or slow analysis, against a mock server
	Answer    string             `yaml:"answer"`    // challenges: right (default), wrong, late, never, skip
	Rate      float64            `yaml:"rate"`      // previews a second at most; default 8
	Seed      uint64             `yaml:"seed"`      // default the scenario's
	Files     []string           `yaml:"files"`     // JPEG or PNG files, in turn, instead of drawn pictures
	Folder    string             `yaml:"folder"`    // all pictures of a folder, by name
	Video     string             `yaml:"video"`     // an MJPEG file; others where ffmpeg is installed
	Previews  int                `yaml:"previews"`  // at most; 0 no limit
	Shutter   bool               `yaml:"shutter"`   // no previews: stills taken with the shutter, one after another
	NoStills  bool               `yaml:"noStills"`  // stills that are asked for are not sent
	PartsOnly int                `yaml:"partsOnly"` // only so many parts of a still are sent
	PartSize  int                `yaml:"partSize"`  // bytes; default as asked
	Until     *Match             `yaml:"until"`     // default: the step is accepted
	Within    Span               `yaml:"within"`    // default 40s
}

// Match describes an event.
type Match struct {
	On      string         `yaml:"on"`      // a desktop's or a phone's name; default "phone"
	Message string         `yaml:"message"` // a message's type, or "closed"
	Where   map[string]any `yaml:"where"`   // field path: value; see docs/qa.md
	// Within is measured from what caused it: what was last done before. Left out:
	// 10 s from now.
	Within Span `yaml:"within"`
	line   int
}

// UnmarshalYAML reads a match and remembers its line.
func (m *Match) UnmarshalYAML(node ast.Node) error {
	type plain Match
	if err := yaml.NodeToValue(node, (*plain)(m), yaml.Strict()); err != nil {
		return err
	}
	m.line = node.GetToken().Position.Line
	return nil
}

// NetworkStep changes the network of a party.
type NetworkStep struct {
	Who   string  `yaml:"who"`   // default "phone"
	State string  `yaml:"state"` // "up" (default), "down", "slow" (500 kbit/s, 300 ms)
	Loss  float64 `yaml:"loss"`  // share of what is sent that comes late, as a lost packet does
	// Address is another address of this machine, such as 127.0.0.2, from which it goes
	// on: what was open is gone.
	Address string `yaml:"address"`
}

// HTTPStep makes one request.
type HTTPStep struct {
	Method string            `yaml:"method"` // default GET
	Path   string            `yaml:"path"`
	As     string            `yaml:"as"` // with the cookies of this desktop
	Header map[string]string `yaml:"header"`
	Body   any               `yaml:"body"` // text, or what becomes JSON
	Status int               `yaml:"status"`
	Where  map[string]any    `yaml:"where"` // of the answer's JSON
	Save   map[string]string `yaml:"save"`  // variable: path in the answer
}

// RepeatStep plays steps several times; ${i} counts from 1.
type RepeatStep struct {
	Times int    `yaml:"times"`
	Steps []Step `yaml:"steps"`
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
	mapping, ok := node.(*ast.MappingNode)
	line := node.GetToken().Position.Line
	if ok && len(mapping.Values) == 1 {
		line = mapping.Values[0].Key.GetToken().Position.Line
		if verb := mapping.Values[0].Key.String(); !knownVerb(verb) {
			return fmt.Errorf("line %d: unknown step %q: want one of %s%s", line, verb, listed(verbs()), meant(verb, verbs()))
		}
	}
	if verb, ok := node.(*ast.StringNode); ok {
		return fmt.Errorf("line %d: %q: want a step and a colon, such as \"open:\"", line, verb.Value)
	}
	if err := yaml.NodeToValue(node, &p, yaml.Strict()); err != nil {
		return err
	}
	*s = Step(p)
	s.line = line
	if !ok || len(mapping.Values) != 1 {
		return fmt.Errorf("line %d: a step has exactly one of %s", s.line, listed(verbs()))
	}
	s.verb = mapping.Values[0].Key.String()
	return nil
}
