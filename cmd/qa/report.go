package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/qa/recording"
)

// Run is what happened while one scenario was played. Safe for concurrent use.
type Run struct {
	Name    string        `json:"name"`
	About   string        `json:"about"`
	File    string        `json:"file,omitempty"`
	Started time.Time     `json:"started"`
	Took    time.Duration `json:"tookNanoseconds"`
	Failure string        `json:"failure,omitempty"`
	Skipped string        `json:"skipped,omitempty"`
	Steps   []RunStep     `json:"steps"`
	Events  []RunEvent    `json:"events"`

	mu   sync.Mutex
	open map[string]time.Time       // previews and stills without an answer
	took map[string][]time.Duration // by what was measured
	last map[string]time.Time       // by phone: the newest preview
}

// RunStep is a step that was played.
type RunStep struct {
	Where   string  `json:"where"`
	Verb    string  `json:"verb"`
	Detail  string  `json:"detail"`
	At      float64 `json:"at"`   // seconds since the start
	Took    float64 `json:"took"` // seconds
	Failure string  `json:"failure,omitempty"`
}

// RunEvent is something that a party said, showed or saw.
type RunEvent struct {
	At      float64          `json:"at"` // seconds since the start
	Who     string           `json:"who"`
	Out     bool             `json:"out"` // said or shown; else seen
	Type    string           `json:"type"`
	Text    string           `json:"text"`
	Hint    string           `json:"hint,omitempty"`
	Checks  []protocol.Check `json:"checks,omitempty"`
	Picture []byte           `json:"picture,omitempty"` // JPEG, 160 px at most, faces made of large squares
	Good    bool             `json:"good,omitempty"`
}

func (r *Run) begin(s *Scenario) {
	r.Name, r.About, r.File, r.Started = s.Name, s.About, s.path, time.Now()
	r.open, r.took, r.last = map[string]time.Time{}, map[string][]time.Duration{}, map[string]time.Time{}
}

func (r *Run) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Took = time.Since(r.Started)
	if err != nil {
		r.Failure = err.Error()
	}
	slices.SortStableFunc(r.Events, func(a, b RunEvent) int { return cmp.Compare(a.At, b.At) })
}

// step notes the beginning of a step; the returned function its end.
func (r *Run) step(where string, s *Step) func(error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, began := len(r.Steps), time.Now()
	r.Steps = append(r.Steps, RunStep{Where: where, Verb: s.verb, Detail: strings.TrimSpace(s.detail()),
		At: r.since(began)})
	return func(err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.Steps[i].Took = time.Since(began).Seconds()
		if err != nil {
			r.Steps[i].Failure = err.Error()
		}
	}
}

func (r *Run) since(at time.Time) float64 { return at.Sub(r.Started).Seconds() }

// event notes what a party saw, and measures what it answers.
func (r *Run) event(who *party, e client.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := RunEvent{At: r.since(e.At), Who: who.name, Type: kind(e), Text: strings.TrimSpace(describe(e))}
	switch m := e.Message.(type) {
	case protocol.FrameResult:
		out.Hint, out.Checks, out.Good = m.Hint, m.Checks, m.Good
		r.answered("preview", fmt.Sprintf("%s preview %d", who.name, m.Seq), e.At)
	case protocol.StillResult:
		out.Hint, out.Checks, out.Good = m.Hint, m.Checks, m.Accepted
		r.answered("still", fmt.Sprintf("%s still %d", who.name, m.Seq), e.At)
	case protocol.Live:
		out.Hint = m.Hint
		if m.Step != "selfie" { // faces stay out
			out.Picture = m.Thumbnail
		}
		for phone, at := range r.last {
			r.took["live"] = append(r.took["live"], e.At.Sub(at))
			delete(r.last, phone)
		}
	}
	r.Events = append(r.Events, out)
}

func (r *Run) answered(what, key string, at time.Time) {
	if sent, ok := r.open[key]; ok {
		r.took[what] = append(r.took[what], at.Sub(sent))
		delete(r.open, key)
	}
}

// said notes a message of a party.
func (r *Run) said(who *party, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Events = append(r.Events, RunEvent{At: r.since(time.Now()), Who: who.name, Out: true, Type: message})
}

// sent notes a picture of a party.
func (r *Run) sent(who *party, what, step string, seq uint32, data []byte) {
	small := recording.Thumbnail(data, step == "selfie")
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.open[fmt.Sprintf("%s %s %d", who.name, what, seq)] = now
	if what == "preview" {
		r.last[who.name] = now
	}
	r.Events = append(r.Events, RunEvent{
		At: r.since(now), Who: who.name, Out: true, Type: what, Text: fmt.Sprintf("%s seq=%d %d bytes", step, seq, len(data)),
		Picture: small,
	})
}

// times are how long each answer took.
func (r *Run) times(of string) []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.took[of])
}

// detail says in a few words what a step is about.
func (s *Step) detail() string {
	switch {
	case s.Open != nil:
		return " " + s.Open.As
	case s.Claim != nil:
		return " by " + s.Claim.Phone
	case s.Choose != nil:
		return " " + s.Choose.Code + s.Choose.Document
	case s.Send != nil:
		return fmt.Sprintf(" %s %s %s until %v", s.Send.Step, s.Send.Show, s.Send.Condition, s.Send.Until)
	case s.Say != nil:
		return fmt.Sprintf(" %s %s", s.Say.Who, or2(string(s.Say.Message), "as it is"))
	case s.Expect != nil:
		return fmt.Sprintf(" %v", s.Expect)
	case s.Absent != nil:
		return fmt.Sprintf(" %v", s.Absent)
	case s.HTTP != nil:
		return fmt.Sprintf(" %s %s", s.HTTP.Method, s.HTTP.Path)
	case s.Network != nil:
		return fmt.Sprintf(" of %s %s", s.Network.Who, s.Network.State)
	case s.Assert != nil:
		return " " + s.Assert.text
	case s.Wait != nil:
		return " " + s.Wait.String()
	}
	for _, who := range []*Who{s.Drop, s.Resume, s.Refresh, s.Reload, s.Close} {
		if who != nil {
			return " " + string(*who)
		}
	}
	return ""
}
