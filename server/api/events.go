package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"visavis/sites"
)

// Event is one thing that happened. It holds no personal data.
type Event struct {
	ID   string          `json:"id" example:"evt_mnzxg5dpojuxg2lomnsxgzlt4a" doc:"The same in each delivery"`
	Type sites.EventType `json:"type" example:"verification.verified"`
	// Timestamp and Data are as the Standard Webhooks have them.
	Timestamp time.Time `json:"timestamp" doc:"When it happened, not when it was delivered"`
	Data      EventData `json:"data"`
}

// EventData names what an event is about.
type EventData struct {
	Seq          int64        `json:"seq" doc:"Grows with each event of the site: the cursor"`
	Verification string       `json:"verification,omitempty"`
	Rev          int64        `json:"rev,omitempty" doc:"Of two events of a verification the greater is the later"`
	Status       sites.Status `json:"status,omitempty"`
	Reason       sites.Reason `json:"reason,omitempty"`
	Final        bool         `json:"final" doc:"The status stays, but for a redaction"`
	Live         bool         `json:"live"`
}

// SeenEvent is an event as sites see it, here and in deliveries.
func SeenEvent(e sites.Event, live bool) Event {
	return Event{e.ID, e.Type, e.At, EventData{e.Seq, e.Verification, e.Rev, e.Status, e.Reason, e.Final, live}}
}

// maxWait is how long a call may wait for events.
const maxWait = 30

type eventsInput struct {
	After        int64  `query:"after" minimum:"0" default:"0" doc:"The seq of the last event that is known"`
	Limit        int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Wait         int    `query:"wait" minimum:"0" maximum:"30" default:"0" doc:"Seconds to wait where there is none yet"`
	Verification string `query:"verification" maxLength:"40" doc:"Of this one alone"`
}

// EventPage is some events, the oldest first.
type EventPage struct {
	Data []Event `json:"data"`
	Next int64   `json:"next" doc:"For after in the next call, also where there were none"`
}

type eventsOutput struct{ Body EventPage }

func (a *API) listEvents(ctx context.Context, c caller, in *eventsInput) (*eventsOutput, error) {
	found, err := a.cfg.Registry.Events(ctx, c.site.ID, in.Verification, in.After, in.Limit, time.Duration(min(in.Wait, maxWait))*time.Second)
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{EventPage{Data: []Event{}, Next: in.After}}
	for _, e := range found {
		out.Body.Data, out.Body.Next = append(out.Body.Data, SeenEvent(e, c.site.Live)), e.Seq
	}
	return out, nil
}

func (a *API) events() {
	handle(a, operation(huma.Operation{
		OperationID: "list-events", Method: http.MethodGet, Path: "/v1/events", Tags: []string{"Events"}, Summary: "Read events, or wait for them",
		Description: "For sites without an address of their own, and to catch up. Ask again with `after` set to `next`.",
		Metadata:    map[string]any{"waits": true},
	}, sites.Read), a.listEvents)
}
