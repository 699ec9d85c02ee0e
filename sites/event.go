package sites

import "time"

// EventType names what happened.
type EventType string

// The types: one for each status, and a few others.
const (
	LinkOpened    EventType = "verification.link_opened"
	LinkElsewhere EventType = "verification.link_opened_elsewhere"
	DataDeleted   EventType = "verification.data_deleted"
	EndpointTest  EventType = "endpoint.test"
)

// EventOf returns the type of the event at the start of a status.
func EventOf(s Status) EventType { return EventType("verification." + string(s)) }

// EventTypes returns all types.
func EventTypes() []EventType {
	out := make([]EventType, 0, len(Statuses())+4)
	for _, s := range Statuses() {
		out = append(out, EventOf(s))
	}
	return append(out, LinkOpened, LinkElsewhere, DataDeleted, EndpointTest)
}

// Event is one thing that happened. It names its object and carries no personal data;
// more is available with a key.
type Event struct {
	ID   string    `json:"id"`
	Type EventType `json:"type"`
	Site string    `json:"-"`
	// Seq grows with each event of the site.
	Seq          int64     `json:"seq"`
	At           time.Time `json:"at"`
	Verification string    `json:"verification,omitempty"`
	// Rev grows with each change of the verification. Of two events the one with the
	// greater Rev is newer.
	Rev    int64  `json:"rev,omitempty"`
	Status Status `json:"status,omitempty"`
	Reason Reason `json:"reason,omitempty"`
	Final  bool   `json:"final,omitempty"`
}

// Message is an event as sent to sites, in answers and in deliveries. It holds no
// personal data.
type Message struct {
	ID   string    `json:"id" example:"evt_mnzxg5dpojuxg2lomnsxgzlt4a" doc:"The same in each delivery"`
	Type EventType `json:"type" example:"verification.verified"`
	// Timestamp and Data are as in Standard Webhooks.
	Timestamp time.Time   `json:"timestamp" doc:"When it happened, not when it was delivered"`
	Data      MessageData `json:"data"`
}

// MessageData names the object of an event.
type MessageData struct {
	Seq          int64  `json:"seq" doc:"Grows with each event of the site: the cursor"`
	Verification string `json:"verification,omitempty"`
	Rev          int64  `json:"rev,omitempty" doc:"Of two events of a verification the greater is the later"`
	Status       Status `json:"status,omitempty"`
	Reason       Reason `json:"reason,omitempty"`
	Final        bool   `json:"final" doc:"The status stays, but for a redaction"`
	Live         bool   `json:"live"`
}

// MessageOf returns the message of an event.
func MessageOf(e Event, live bool) Message {
	return Message{e.ID, e.Type, e.At, MessageData{e.Seq, e.Verification, e.Rev, e.Status, e.Reason, e.Final, live}}
}
