package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"visavis/certificate"
)

// maxBackoff is the longest wait within a call; a provider that wants a longer one
// is asked again later by the caller.
const maxBackoff = 10 * time.Second

// call is one request of ours.
type call struct {
	method string
	path   []string
	body   []byte
	key    string // Idempotency-Key
	octets bool   // the body is a piece of a file, and no JSON
}

// send makes a call until it is answered. A *certificate.TemporaryError says that
// it was not; a *StatusError or *AnswerError that asking again does not help.
func (c *Client) send(ctx context.Context, what call) ([]byte, error) {
	var last error
	for attempt := range c.cfg.Attempts {
		body, after, err := c.once(ctx, what)
		if !retry(err) {
			return body, err
		}
		last = err
		wait := max(c.backoff(attempt), after)
		if after > maxBackoff || attempt == c.cfg.Attempts-1 {
			return nil, &certificate.TemporaryError{RetryAfter: after, Err: err}
		}
		select {
		case <-ctx.Done():
			return nil, &certificate.TemporaryError{Err: errors.Join(ctx.Err(), last)}
		case <-time.After(wait):
		}
	}
	return nil, &certificate.TemporaryError{Err: last}
}

// backoff is the wait after an attempt: between half of it and all of it, so that
// instances do not ask in step.
func (c *Client) backoff(attempt int) time.Duration {
	full := min(c.cfg.Backoff<<min(attempt, 10), maxBackoff)
	return full/2 + rand.N(full/2+1) //nolint:gosec // a wait, no secret
}

// temporary is a failure after which the same call may be made again.
type temporary struct{ error }

func retry(err error) bool {
	var t temporary
	return errors.As(err, &t)
}

func (t temporary) Unwrap() error { return t.error }

// once makes a call once; after is how long the provider wants to be left alone.
func (c *Client) once(ctx context.Context, what call) (body []byte, after time.Duration, err error) {
	r, err := c.newRequest(ctx, what)
	if err != nil {
		return nil, 0, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, 0, temporary{err}
	}
	defer func() { _ = answer.Body.Close() }()
	body, err = readAll(answer.Body)
	var unusable *AnswerError
	if err != nil && !errors.As(err, &unusable) {
		return nil, 0, temporary{err} // cut off
	}
	if err != nil {
		return nil, 0, err
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return body, 0, nil
	}
	failure := &StatusError{answer.StatusCode, title(body)}
	if answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests ||
		answer.StatusCode == http.StatusRequestTimeout {
		return nil, retryAfter(answer.Header), temporary{failure}
	}
	return nil, 0, failure
}

func (c *Client) newRequest(ctx context.Context, what call) (*http.Request, error) {
	target := c.base.JoinPath(escaped(what.path)...)
	r, err := http.NewRequestWithContext(ctx, what.method, target.String(), bytes.NewReader(what.body))
	if err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	r.Header.Set("Accept", "application/json, application/pem-certificate-chain")
	r.Header.Set("User-Agent", "Visavis")
	switch {
	case what.octets:
		r.Header.Set("Content-Type", "application/octet-stream")
	case what.body != nil:
		r.Header.Set("Content-Type", "application/json")
	}
	if what.key != "" {
		r.Header.Set("Idempotency-Key", strconv.Quote(what.key))
	}
	if len(c.cfg.Secret) > 0 {
		sign(r, what.body, c.cfg.KeyID, c.cfg.Secret, time.Now())
	}
	return r, nil
}

// retryAfter reads the header's seconds, a day at most; a date is not understood.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 86400)) * time.Second
}

// title is a problem's, for an operator; short, since it is the provider's text.
func title(body []byte) string {
	var problem struct {
		Title string `json:"title"`
	}
	if json.Unmarshal(body, &problem) != nil {
		return ""
	}
	return fmt.Sprintf("%.100s", problem.Title)
}
