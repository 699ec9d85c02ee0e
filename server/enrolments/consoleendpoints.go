package enrolments

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/sites"
)

// endpointRow is an endpoint with its public key.
type endpointRow struct {
	sites.Endpoint
	PublicKey string `json:"publicKey"`
}

func (p *Plane) rowOf(e sites.Endpoint) endpointRow {
	return endpointRow{e, p.cfg.Sites.KeysOf(e).Public}
}

func (p *Plane) endpoints(r *request, s sites.Site) (any, error) {
	list, err := p.cfg.Sites.Endpoints(r.Context(), s.ID)
	rows := []endpointRow{}
	for _, e := range list {
		rows = append(rows, p.rowOf(e))
	}
	return map[string]any{"endpoints": rows}, err
}

// withSecret answers with an endpoint and its signing secret, which is shown this once.
func (p *Plane) withSecret(r *request, s sites.Site, e sites.Endpoint, what string) (any, error) {
	answer := map[string]any{"endpoint": p.rowOf(e), "secret": p.cfg.Sites.KeysOf(e).Secret}
	return answer, p.noteConsole(r, s.ID, e.ID, what)
}

func (p *Plane) addEndpoint(r *request, s sites.Site) (any, error) {
	var body struct {
		URL    string            `json:"url"`
		Label  string            `json:"label"`
		Events []sites.EventType `json:"events"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.AddEndpoint(r.Context(), s,
		sites.Endpoint{URL: body.URL, Label: body.Label, Events: body.Events})
	if err != nil {
		return nil, err
	}
	return p.withSecret(r, s, e, "added")
}

func (p *Plane) changeEndpoint(r *request, s sites.Site) (any, error) {
	var body struct {
		URL     *string            `json:"url"`
		Label   *string            `json:"label"`
		Events  *[]sites.EventType `json:"events"`
		Enabled *bool              `json:"enabled"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.ChangeEndpoint(r.Context(), s, mux.Vars(r.Request)["endpoint"], func(e *sites.Endpoint) {
		e.URL, e.Label = valueOr(body.URL, e.URL), valueOr(body.Label, e.Label)
		e.Events, e.Enabled = valueOr(body.Events, e.Events), valueOr(body.Enabled, e.Enabled)
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"endpoint": p.rowOf(e)}, p.noteConsole(r, s.ID, e.ID, "changed")
}

func valueOr[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

func (p *Plane) rotateEndpoint(r *request, s sites.Site) (any, error) {
	overlap, err := r.overlap()
	if err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.RotateEndpoint(r.Context(), s, mux.Vars(r.Request)["endpoint"], overlap)
	if err != nil {
		return nil, err
	}
	return p.withSecret(r, s, e, "new secrets")
}

func (p *Plane) dropEndpoint(r *request, s sites.Site) (any, error) {
	id := mux.Vars(r.Request)["endpoint"]
	if err := p.cfg.Sites.DropEndpoint(r.Context(), s.ID, id); err != nil {
		return nil, err
	}
	return struct{}{}, p.noteConsole(r, s.ID, id, "deleted")
}

func (p *Plane) testEndpoint(r *request, s sites.Site) (any, error) {
	d, err := p.cfg.Sites.TestEndpoint(r.Context(), s, mux.Vars(r.Request)["endpoint"])
	return map[string]any{"delivery": d}, err
}

func (p *Plane) resend(r *request, s sites.Site) (any, error) {
	var body struct {
		From int64 `json:"from"`
		To   int64 `json:"to"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	id := mux.Vars(r.Request)["endpoint"]
	n, err := p.cfg.Sites.Resend(r.Context(), s, id, body.From, body.To)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"sent": n,
	}, p.noteConsole(r, s.ID, id, fmt.Sprintf("events %d to %d sent again", body.From, body.To))
}

func (p *Plane) resendDelivery(r *request, s sites.Site) (any, error) {
	d, err := p.cfg.Sites.ResendDelivery(r.Context(), s, mux.Vars(r.Request)["endpoint"], mux.Vars(r.Request)["delivery"])
	return map[string]any{"delivery": d}, err
}

// checkSignature tells why a signature that an endpoint got is not valid.
func (p *Plane) checkSignature(r *request, s sites.Site) (any, error) {
	var body struct {
		ID        string `json:"id"`
		Timestamp string `json:"timestamp"`
		Signature string `json:"signature"`
		Body      string `json:"body"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.Endpoint(r.Context(), s.ID, mux.Vars(r.Request)["endpoint"])
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(body.Timestamp), 10, 64)
	if err != nil {
		return nil, &sites.InvalidError{
			Field: "timestamp",
			Have:  body.Timestamp,
			Want:  "webhook-timestamp: seconds since 1970",
		}
	}
	good, why := p.cfg.Sites.WhySignature(r.Context(), e, strings.TrimSpace(body.ID), time.Unix(seconds, 0),
		body.Signature, []byte(body.Body))
	return map[string]any{"valid": good, "why": why}, nil
}

func (p *Plane) deliveries(r *request, s sites.Site) (any, error) {
	at, after, err := r.cursor()
	if err != nil {
		return nil, err
	}
	list, err := p.cfg.Sites.Deliveries(r.Context(), s.ID, mux.Vars(r.Request)["endpoint"],
		sites.DeliveryState(r.URL.Query().Get("state")), after, at, consolePage)
	next := ""
	if len(list) == consolePage {
		next = cursor(list[len(list)-1].CreatedAt, list[len(list)-1].ID)
	}
	return map[string]any{"deliveries": list, "next": next}, err
}
