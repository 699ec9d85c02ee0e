package provider

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxWebhook is the longest webhook, in bytes.
	maxWebhook = 64 << 10
	// maxAge is how far a webhook's time may be from ours.
	maxAge = 5 * time.Minute
	// sweepAt is how many ids are kept before the old ones are swept out; only who
	// holds the secret adds any.
	sweepAt = 10_000
)

// Webhook receives the provider's word that something has changed, signed as
// Standard Webhooks describe it (standardwebhooks.com): HMAC-SHA256 over id, time
// and body. What has the wrong signature or is too old is refused; what was
// received before is acknowledged and not acted on. It remembers within its own
// process: where a replay reaches another instance within five minutes, that one
// asks the provider once more, which does no harm.
type Webhook struct {
	secrets [][]byte
	notify  func(ctx context.Context, enrolment string) error
	now     func() time.Time

	mu   sync.Mutex
	seen map[string]time.Time // ids, until when they are kept
}

// NewWebhook returns the handler. Any of the secrets may have signed, so that they
// can be changed; each has 24 bytes or more. Notify is told the enrolment to ask
// about; when it fails the provider is asked to send again.
func NewWebhook(secrets [][]byte, notify func(ctx context.Context, enrolment string) error) (*Webhook, error) {
	if len(secrets) == 0 {
		return nil, errors.New("webhook: no secret")
	}
	for _, s := range secrets {
		if len(s) < 24 {
			return nil, fmt.Errorf("webhook: a secret of %d bytes, want 24 or more", len(s))
		}
	}
	return &Webhook{secrets: secrets, notify: notify, now: time.Now, seen: map[string]time.Time{}}, nil
}

// ParseWebhookSecret reads a secret as it is handed out: base64, with "whsec_"
// before it or not.
func ParseWebhookSecret(s string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
	if err != nil {
		return nil, errors.New(`webhook: the secret is not base64 (with or without "whsec_" before it)`)
	}
	return secret, nil
}

// event is a webhook's body; what else it says is not looked at.
type event struct {
	Enrolment string `json:"enrolment"`
}

// ServeHTTP implements [http.Handler].
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "only POST here", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	id := r.Header.Get("webhook-id")
	if !h.signed(r.Header, id, body) {
		http.Error(w, "not signed, or too long ago", http.StatusUnauthorized)
		return
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.Enrolment == "" {
		http.Error(w, "no enrolment in the body", http.StatusBadRequest)
		return
	}
	if !h.first(id) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err := h.notify(r.Context(), e.Enrolment); err != nil {
		h.forget(id)
		http.Error(w, "not now: send it again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// signed tells whether one of the signatures is by one of the secrets, and of now.
func (h *Webhook) signed(header http.Header, id string, body []byte) bool {
	stamp := header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" || h.now().Sub(time.Unix(seconds, 0)).Abs() > maxAge {
		return false
	}
	for _, secret := range h.secrets {
		want := mac(secret, id+"."+stamp+"."+string(body))
		for s := range strings.FieldsSeq(header.Get("webhook-signature")) {
			version, text, _ := strings.Cut(s, ",")
			got, err := base64.StdEncoding.DecodeString(text)
			if version == "v1" && err == nil && hmac.Equal(got, want) {
				return true
			}
		}
	}
	return false
}

// first tells whether an id is new, and remembers it while its time counts.
func (h *Webhook) first(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if until, ok := h.seen[id]; ok && now.Before(until) {
		return false
	}
	if len(h.seen) >= sweepAt {
		for old, until := range h.seen {
			if !now.Before(until) {
				delete(h.seen, old)
			}
		}
	}
	h.seen[id] = now.Add(2 * maxAge) // a time stamp may lie ahead as well
	return true
}

func (h *Webhook) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.seen, id)
}
