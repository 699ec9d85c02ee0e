package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"visavis/sites"
)

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
	Data []sites.Message `json:"data"`
	Next int64           `json:"next" doc:"For after in the next call, also where there were none"`
}

type eventsOutput struct{ Body EventPage }

func (a *API) listEvents(ctx context.Context, c caller, in *eventsInput) (*eventsOutput, error) {
	found, err := a.cfg.Registry.Events(ctx, c.site.ID, in.Verification, in.After, in.Limit,
		time.Duration(min(in.Wait, maxWait))*time.Second)
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{EventPage{Data: []sites.Message{}, Next: in.After}}
	for _, e := range found {
		out.Body.Data, out.Body.Next = append(out.Body.Data, sites.MessageOf(e, c.site.Live)), e.Seq
	}
	return out, nil
}

func (a *API) events() {
	handle(a, operation(huma.Operation{
		OperationID: "list-events", Method: http.MethodGet, Path: "/v1/events", Tags: []string{"Events"},
		Summary:     "Read events, or wait for them",
		Description: "For sites without an address of their own, and to catch up. Ask again with `after` set to `next`.",
		Metadata:    map[string]any{"waits": true},
	}, sites.Read), a.listEvents)
}
