package lab

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"visavis/protocol"
)

// The types of an Event.
const (
	EventOpened = "session.opened" // a desktop shows a code
	EventJoined = "phone.joined"   // a phone was found to be the right one
	EventTaken  = "step.accepted"  // Event.Data.Step says which
	EventDone   = "session.done"   // every step is accepted
	EventEnded  = "session.ended"  // before it was done: Event.Data.Reason says why
)

// accepted is the state of a step that was taken, as in progress.steps.
const accepted = "accepted"

// EventTypes are all types of an Event, in the order of a session's life.
func EventTypes() []string {
	return []string{EventOpened, EventJoined, EventTaken, EventDone, EventEnded}
}

// Event is something that happened to a session.
type Event struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Created time.Time `json:"created"`
	Data    EventData `json:"data"`
}

// EventData says of which session, and what.
type EventData struct {
	Reference string `json:"reference"`
	State     string `json:"state"` // as progress.state
	Document  string `json:"document,omitempty"`
	Step      string `json:"step,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// eventsBetween are what has happened from one state of a session to the next.
func eventsBetween(before, after protocol.Progress, at time.Time) []Event {
	if after.Rev == before.Rev {
		return nil
	}
	var all []Event
	add := func(kind, step, reason string) {
		all = append(all, Event{
			ID: "evt_" + rand.Text(), Type: kind, Created: at.UTC(),
			Data: EventData{Reference: after.Reference, State: after.State, Document: after.Document, Step: step,
				Reason: reason},
		})
	}
	if before.Reference == "" {
		add(EventOpened, "", "")
	}
	joined := func(state string) bool {
		return state == protocol.StatePaired || state == protocol.StateCapturing || state == protocol.StateDone
	}
	if !joined(before.State) && joined(after.State) {
		add(EventJoined, "", "")
	}
	was := map[string]bool{}
	for _, s := range before.Steps {
		was[s.Step] = s.State == accepted
	}
	for _, s := range after.Steps {
		if s.State == accepted && !was[s.Step] {
			add(EventTaken, s.Step, "")
		}
	}
	if after.State == before.State {
		return all
	}
	switch after.State {
	case protocol.StateDone:
		add(EventDone, "", "")
	case protocol.StateEnded:
		add(EventEnded, "", after.Reason)
	}
	return all
}

// maxUnread is what a page that watches may be behind; beyond it, it misses some.
const maxUnread = 256

// tell sends something to every page that watches; the caller holds mu.
func (l *Lab) tell(kind string, what any) {
	data, err := json.Marshal(what)
	if err != nil {
		l.cfg.Logger.Error("tell", "kind", kind, "err", err)
		return
	}
	line := []byte("event: " + kind + "\ndata: " + string(data) + "\n\n")
	for c := range l.watchers {
		select {
		case c <- line:
		default: // a stalled reader misses events and delays nobody
		}
	}
}
