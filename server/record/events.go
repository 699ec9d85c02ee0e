package record

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"visavis/server"
	"visavis/server/login"
)

const (
	// pingEvery keeps proxies from cutting an event stream, and lets the page see
	// what time alone changes.
	pingEvery = 20 * time.Second
	// writeWithin bounds one write to a stream.
	writeWithin = 5 * time.Second
)

// events sends an enrolment at once and at each change, until the page leaves.
func (p *Plane) events(h server.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := p.cfg.Accounts.Account(r)
		if !ok || !who.Has(login.Applicant) {
			p.Refuse(w, r, errLogin)
			return
		}
		ctx, cancel := h.Stream(r)
		defer cancel()
		q := &request{r.WithContext(ctx), who}
		changes, stop := p.journey.Subscribe(q.id())
		defer stop()
		first, err := p.eventOf(q)
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // nginx would hold it back
		w.WriteHeader(http.StatusOK)
		if !write(w, first) {
			return
		}
		p.stream(ctx, w, q, changes, first)
	}
}

// stream sends what changes.
func (p *Plane) stream(ctx context.Context, w http.ResponseWriter, q *request, changes <-chan struct{}, last []byte) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		pinged := false
		select {
		case <-ctx.Done():
			return
		case <-changes:
		case <-ping.C:
			pinged = true
		}
		next, err := p.eventOf(q)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil: // deleted, or the records do not answer: the page asks again
			return
		case !bytes.Equal(next, last):
			last = next
			if !write(w, next) {
				return
			}
		case pinged:
			if !write(w, []byte(": ping\n\n")) {
				return
			}
		}
	}
}

func (p *Plane) eventOf(q *request) ([]byte, error) {
	v, err := p.view(q)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(append([]byte("event: enrolment\ndata: "), body...), "\n\n"...), nil
}

// write sends an event; false when the page is gone.
func write(w http.ResponseWriter, b []byte) bool {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(writeWithin)) // not every writer has one
	if _, err := w.Write(b); err != nil {
		return false
	}
	return control.Flush() == nil
}
