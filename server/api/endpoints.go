package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"visavis/sites"
)

// Endpoint is an address of a site that is told of events.
type Endpoint struct {
	ID           string            `json:"id" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
	URL          string            `json:"url"`
	Events       []sites.EventType `json:"events" doc:"Empty: all"`
	Label        string            `json:"label,omitempty"`
	Enabled      bool              `json:"enabled"`
	WhyNot       string            `json:"why_not,omitempty" doc:"Why it was disabled, where this server did it"`
	PublicKey    string            `json:"public_key" doc:"whpk_…: checks v1a (ed25519)"`
	Secret       string            `json:"secret,omitempty" doc:"whsec_…: checks v1 (HMAC). In the answers that make it"`
	CreatedAt    time.Time         `json:"created_at"`
	FailingSince time.Time         `json:"failing_since,omitzero" doc:"Since when no delivery came through"`
	OldUntil     time.Time         `json:"old_keys_until,omitzero" doc:"Until when the keys before the last rotation sign too"`
}

func (a *API) seenEndpoint(e sites.Endpoint, withSecret bool) Endpoint {
	keys := a.cfg.Registry.KeysOf(e)
	out := Endpoint{
		ID: e.ID, URL: e.URL, Events: append([]sites.EventType{}, e.Events...), Label: e.Label, Enabled: e.Enabled,
		WhyNot: e.WhyNot, PublicKey: keys.Public,
		CreatedAt: e.CreatedAt, FailingSince: e.FailingSince, OldUntil: e.BeforeUntil,
	}
	if withSecret {
		out.Secret = keys.Secret
	}
	return out
}

// NewEndpoint is what makes an endpoint.
type NewEndpoint struct {
	URL    string            `json:"url" maxLength:"2000" doc:"https; a test site may name http://localhost"`
	Events []sites.EventType `json:"events,omitempty" maxItems:"50" doc:"Empty: all"`
	Label  string            `json:"label,omitempty" maxLength:"200"`
}

// EndpointChange changes what it names.
type EndpointChange struct {
	URL     *string            `json:"url,omitempty" maxLength:"2000"`
	Events  *[]sites.EventType `json:"events,omitempty" maxItems:"50"`
	Label   *string            `json:"label,omitempty" maxLength:"200"`
	Enabled *bool              `json:"enabled,omitempty"`
}

type (
	endpointInput  struct{ Body NewEndpoint }
	endpointOutput struct{ Body Endpoint }
	endpointsPage  struct {
		Data []Endpoint `json:"data"`
	}
	endpointsOutput     struct{ Body endpointsPage }
	changeEndpointInput struct {
		ID   string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
		Body EndpointChange
	}
	rotateInput struct {
		ID   string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
		Body struct {
			Overlap int `json:"overlap,omitempty" minimum:"0" maximum:"604800" default:"86400" doc:"Seconds for which the old keys sign too"`
		} `required:"false"`
	}
	noOutput struct{}
)

func (a *API) addEndpoint(ctx context.Context, c caller, in *endpointInput) (*endpointOutput, error) {
	e, err := a.cfg.Registry.AddEndpoint(ctx, c.site,
		sites.Endpoint{URL: in.Body.URL, Events: in.Body.Events, Label: in.Body.Label})
	if err != nil {
		return nil, err
	}
	return &endpointOutput{a.seenEndpoint(e, true)}, nil
}

func (a *API) listEndpoints(ctx context.Context, c caller, _ *struct{}) (*endpointsOutput, error) {
	all, err := a.cfg.Registry.Endpoints(ctx, c.site.ID)
	if err != nil {
		return nil, err
	}
	out := &endpointsOutput{endpointsPage{[]Endpoint{}}}
	for _, e := range all {
		out.Body.Data = append(out.Body.Data, a.seenEndpoint(e, false))
	}
	return out, nil
}

func (a *API) getEndpoint(ctx context.Context, c caller, in *oneEndpointInput) (*endpointOutput, error) {
	e, err := a.cfg.Registry.Endpoint(ctx, c.site.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return &endpointOutput{a.seenEndpoint(e, false)}, nil
}

func (a *API) changeEndpoint(ctx context.Context, c caller, in *changeEndpointInput) (*endpointOutput, error) {
	e, err := a.cfg.Registry.ChangeEndpoint(ctx, c.site, in.ID, func(e *sites.Endpoint) {
		if in.Body.URL != nil {
			e.URL = *in.Body.URL
		}
		if in.Body.Events != nil {
			e.Events = *in.Body.Events
		}
		if in.Body.Label != nil {
			e.Label = *in.Body.Label
		}
		if in.Body.Enabled != nil {
			e.Enabled = *in.Body.Enabled
		}
	})
	if err != nil {
		return nil, err
	}
	return &endpointOutput{a.seenEndpoint(e, false)}, nil
}

func (a *API) rotateEndpoint(ctx context.Context, c caller, in *rotateInput) (*endpointOutput, error) {
	e, err := a.cfg.Registry.RotateEndpoint(ctx, c.site, in.ID, time.Duration(in.Body.Overlap)*time.Second)
	if err != nil {
		return nil, err
	}
	return &endpointOutput{a.seenEndpoint(e, true)}, nil
}

func (a *API) dropEndpoint(ctx context.Context, c caller, in *oneEndpointInput) (*noOutput, error) {
	if err := a.cfg.Registry.DropEndpoint(ctx, c.site.ID, in.ID); err != nil {
		return nil, err
	}
	return &noOutput{}, nil
}

// Delivery is one event on its way to an endpoint: what was sent, and what came back.
type Delivery struct {
	ID           string              `json:"id"`
	Event        string              `json:"event"`
	Type         sites.EventType     `json:"type"`
	Verification string              `json:"verification,omitempty"`
	State        sites.DeliveryState `json:"state" enum:"pending,delivered,failed"`
	CreatedAt    time.Time           `json:"created_at"`
	NextAt       time.Time           `json:"next_at,omitzero" doc:"Of the next attempt"`
	Body         string              `json:"body,omitempty" doc:"The bytes that were signed and sent"`
	Attempts     []DeliveryAttempt   `json:"attempts"`
}

// DeliveryAttempt is one attempt.
type DeliveryAttempt struct {
	At        time.Time `json:"at"`
	Timestamp string    `json:"webhook_timestamp,omitempty"`
	Signature string    `json:"webhook_signature,omitempty"`
	Status    int       `json:"status,omitempty" doc:"Of the answer; absent: there was none"`
	Answer    string    `json:"answer,omitempty" doc:"How it begins"`
	Problem   string    `json:"problem,omitempty" doc:"Why it does not count as delivered"`
	Millis    int64     `json:"ms"`
}

func seenDelivery(d sites.Delivery) Delivery {
	out := Delivery{d.ID, d.Event, d.Type, d.Verification, d.State, d.CreatedAt, d.NextAt, d.Body, []DeliveryAttempt{}}
	for _, t := range d.Attempts {
		out.Attempts = append(out.Attempts, DeliveryAttempt(t))
	}
	return out
}

// DeliveryPage is one page of deliveries, the newest first.
type DeliveryPage struct {
	Data       []Delivery `json:"data"`
	NextCursor string     `json:"next_cursor,omitempty"`
}

type (
	deliveriesInput struct {
		ID     string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
		State  string `query:"state" enum:"pending,delivered,failed"`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
		Cursor string `query:"cursor" maxLength:"200"`
	}
	deliveriesOutput struct{ Body DeliveryPage }
	deliveryInput    struct {
		ID       string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
		Delivery string `path:"delivery" maxLength:"40" example:"del_mnzxg5dpojuxg2lomnsxgzlt4a"`
	}
	deliveryOutput struct{ Body Delivery }
	resendInput    struct {
		ID   string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
		Body struct {
			From int64 `json:"from" minimum:"1" doc:"seq of the first event"`
			To   int64 `json:"to" minimum:"1" doc:"seq of the last one; 1,000 events are sent at most"`
		}
	}
	resendOutput struct {
		Body struct {
			Sent int `json:"sent"`
		}
	}
)

func (a *API) listDeliveries(ctx context.Context, c caller, in *deliveriesInput) (*deliveriesOutput, error) {
	var after string
	var at time.Time
	if in.Cursor != "" {
		var err error
		if at, after, err = readCursor(in.Cursor); err != nil {
			return nil, err
		}
	}
	found, err := a.cfg.Registry.Deliveries(ctx, c.site.ID, in.ID, sites.DeliveryState(in.State), after, at, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{DeliveryPage{Data: []Delivery{}}}
	for i, d := range found {
		if i == in.Limit {
			out.Body.NextCursor = writeCursor(found[i-1].CreatedAt, found[i-1].ID)
			break
		}
		out.Body.Data = append(out.Body.Data, seenDelivery(d))
	}
	return out, nil
}

func (a *API) getDelivery(ctx context.Context, c caller, in *deliveryInput) (*deliveryOutput, error) {
	d, err := a.cfg.Registry.Delivery(ctx, c.site.ID, in.ID, in.Delivery)
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{seenDelivery(d)}, nil
}

func (a *API) resendDelivery(ctx context.Context, c caller, in *deliveryInput) (*deliveryOutput, error) {
	d, err := a.cfg.Registry.ResendDelivery(ctx, c.site, in.ID, in.Delivery)
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{seenDelivery(d)}, nil
}

func (a *API) resend(ctx context.Context, c caller, in *resendInput) (*resendOutput, error) {
	out := &resendOutput{}
	var err error
	out.Body.Sent, err = a.cfg.Registry.Resend(ctx, c.site, in.ID, in.Body.From, in.Body.To)
	return out, err
}

func (a *API) testEndpoint(ctx context.Context, c caller, in *oneEndpointInput) (*deliveryOutput, error) {
	d, err := a.cfg.Registry.TestEndpoint(ctx, c.site, in.ID)
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{seenDelivery(d)}, nil
}

// checkInput is what came with a message.
type checkInput struct {
	ID   string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
	Body struct {
		MessageID string `json:"webhook_id" maxLength:"100"`
		Timestamp int64  `json:"webhook_timestamp"`
		Signature string `json:"webhook_signature" maxLength:"2000"`
		Body      []byte `json:"body_base64" doc:"The bytes as they came, base64"`
	}
}

// SignatureCheck says why a signature fails, or that it does not.
type SignatureCheck struct {
	Good bool   `json:"good"`
	Why  string `json:"why" example:"the body is not the one that was signed: give the bytes as they came, before any parsing"`
}

type checkOutput struct{ Body SignatureCheck }

// check finds out why a site's own check of a signature fails.
func (a *API) check(ctx context.Context, c caller, in *checkInput) (*checkOutput, error) {
	e, err := a.cfg.Registry.Endpoint(ctx, c.site.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &checkOutput{}
	out.Body.Good, out.Body.Why = a.cfg.Registry.WhySignature(ctx, e, in.Body.MessageID, time.Unix(in.Body.Timestamp, 0),
		in.Body.Signature, in.Body.Body)
	return out, nil
}

type advanceInput struct {
	ID   string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
	Body struct {
		To     sites.Status `json:"to" enum:"capturing,verifying,review,requires_input,to_confirm,requested,verified,refused,in_person,cancelled,expired"`
		Reason sites.Reason `json:"reason,omitempty" maxLength:"60" example:"document.unreadable" doc:"Of requires_input and refused; else the usual one"`
		After  int          `json:"after,omitempty" minimum:"0" maximum:"2592000" doc:"Seconds by the site's clock after which it happens; else at once"`
	}
}

// advance plays everybody's part in a test.
func (a *API) advance(ctx context.Context, c caller, in *advanceInput) (*verificationOutput, error) {
	var v sites.Verification
	var err error
	if in.Body.After > 0 {
		v, err = a.cfg.Registry.AdvanceLater(ctx, c.site, in.ID, in.Body.To, in.Body.Reason,
			time.Duration(in.Body.After)*time.Second)
	} else {
		v, err = a.cfg.Registry.Advance(ctx, c.site.ID, in.ID, in.Body.To, in.Body.Reason)
	}
	if err != nil {
		return nil, err
	}
	return output(seen(v)), nil
}

type clockInput struct {
	Body struct {
		Forward int `json:"forward" minimum:"0" maximum:"31622400" doc:"Seconds; a clock goes a year ahead in all"`
	}
}

// Clock is a test site's clock.
type Clock struct {
	Now   time.Time `json:"now" doc:"By the site's clock"`
	Ahead int       `json:"ahead" doc:"Seconds that it is ahead of the server's"`
}

type clockOutput struct{ Body Clock }

// moveClock moves the clock of a test site, with what is due then.
func (a *API) moveClock(ctx context.Context, c caller, in *clockInput) (*clockOutput, error) {
	s, err := a.cfg.Registry.MoveClock(ctx, c.site.ID, time.Duration(in.Body.Forward)*time.Second, a.cfg.Retention)
	if err != nil {
		return nil, err
	}
	return &clockOutput{Clock{a.cfg.Registry.Clock(s), int(s.Ahead.Seconds())}}, nil
}

const endpointPath = "/v1/endpoints/{id}"

type oneEndpointInput struct {
	ID string `path:"id" maxLength:"40" example:"end_mnzxg5dpojuxg2lomnsxgzlt4a"`
}

func (a *API) endpoints() {
	const tag = "Endpoints"
	o := func(method, id, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary,
			Description: description}
	}
	add := o(http.MethodPost, "create-endpoint", "/v1/endpoints", "Register an endpoint",
		"It is told of events, signed as Standard Webhooks has it. The secret is in this answer alone.")
	add.DefaultStatus = http.StatusCreated
	handle(a, operation(add, sites.Write), a.addEndpoint)
	handle(a, operation(o(http.MethodGet, "list-endpoints", "/v1/endpoints", "List endpoints", ""), sites.Read),
		a.listEndpoints)
	handle(a, operation(o(http.MethodGet, "get-endpoint", endpointPath, "Read an endpoint", ""), sites.Read,
		http.StatusNotFound), a.getEndpoint)
	handle(a, operation(o(http.MethodPatch, "change-endpoint", endpointPath, "Change an endpoint",
		"Also to enable it again."), sites.Write, http.StatusNotFound), a.changeEndpoint)
	drop := o(http.MethodDelete, "delete-endpoint", endpointPath, "Delete an endpoint", "With its deliveries.")
	drop.DefaultStatus = http.StatusNoContent
	handle(a, operation(drop, sites.Write, http.StatusNotFound), a.dropEndpoint)
	handle(a, operation(o(http.MethodPost, "rotate-endpoint", endpointPath+"/rotate", "Give an endpoint new keys",
		"The old ones sign too while they overlap."),
		sites.Write, http.StatusNotFound), a.rotateEndpoint)
	handle(a, operation(o(http.MethodPost, "test-endpoint", endpointPath+"/test", "Send an endpoint a test event",
		"endpoint.test, of no verification."),
		sites.Write, http.StatusNotFound), a.testEndpoint)
	handle(a, operation(o(http.MethodPost, "check-signature", endpointPath+"/check", "Find out why a signature fails",
		"Give what came, byte for byte."),
		sites.Read, http.StatusNotFound), a.check)
	handle(a, operation(o(http.MethodPost, "resend-events", endpointPath+"/resend", "Send a range of events again",
		"They keep their ids."),
		sites.Write, http.StatusNotFound), a.resend)
	handle(a, operation(o(http.MethodGet, "list-deliveries", endpointPath+"/deliveries", "List deliveries",
		"Of the last 30 days, the newest first."),
		sites.Read, http.StatusNotFound), a.listDeliveries)
	handle(a, operation(o(http.MethodGet, "get-delivery", endpointPath+"/deliveries/{delivery}", "Read a delivery",
		"What was sent, and what came back."),
		sites.Read, http.StatusNotFound), a.getDelivery)
	handle(a, operation(o(http.MethodPost, "resend-delivery", endpointPath+"/deliveries/{delivery}/resend",
		"Send a delivery again", "In a delivery of its own."),
		sites.Write, http.StatusNotFound), a.resendDelivery)
	handle(a, operation(huma.Operation{
		OperationID: "advance-verification", Method: http.MethodPost, Path: "/v1/test/verifications/{id}/advance",
		Tags: []string{"Sandbox"}, Summary: "Move a test on",
		Description: "To a status, as if the person, the machine and a reviewer had done their part, with every event on " +
			"the way. Of test keys alone.",
	}, sites.Write, http.StatusNotFound, http.StatusConflict), a.advance)
	handle(a, operation(huma.Operation{
		OperationID: "move-clock", Method: http.MethodPost, Path: "/v1/test/clock",
		Tags: []string{"Sandbox"}, Summary: "Move the clock of a test site",
		Description: "Forward, for all of its verifications: planned outcomes, reminders, expiries and retries whose time " +
			"has come happen. Of test keys alone.",
	}, sites.Write, http.StatusConflict), a.moveClock)
}
