package sites

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Endpoint is an address of a site that is told of events.
type Endpoint struct {
	ID     string      `json:"id"`
	Site   string      `json:"site"`
	URL    string      `json:"url"`
	Events []EventType `json:"events,omitempty"` // empty: all
	Label  string      `json:"label,omitempty"`
	// Enabled endpoints are told; WhyNot says why one is not any more.
	Enabled bool   `json:"enabled"`
	WhyNot  string `json:"whyNot,omitempty"`
	// Version of its secrets; those of the version before sign too until BeforeUntil.
	Version     int       `json:"version"`
	BeforeUntil time.Time `json:"beforeUntil,omitzero"`
	CreatedAt   time.Time `json:"createdAt"`
	// FailingSince is when it began to fail without a success since; zero: it does not.
	FailingSince time.Time `json:"failingSince,omitzero"`
}

// maxLabel is ample for what an endpoint is for, in bytes.
const maxLabel = 200

// Check refuses an endpoint that cannot be. A site that is not live may name an
// address of this machine over http; whether a private one is called is the sender's
// to decide.
func (e Endpoint) Check(live bool) error {
	if len(e.URL) > 2000 || checkURL(e.URL, live) != nil {
		return &InvalidError{Field: "url", Have: e.URL, Want: "an https address without user or fragment; a test site may name http://localhost too"}
	}
	for _, t := range e.Events {
		if !slices.Contains(EventTypes(), t) {
			return &InvalidError{Field: "events", Have: string(t), Want: fmt.Sprintf("some of %v", EventTypes())}
		}
	}
	if len(e.Label) > maxLabel {
		return &InvalidError{Field: "label", Have: fmt.Sprintf("%d bytes", len(e.Label)), Want: fmt.Sprintf("%d or fewer", maxLabel)}
	}
	return nil
}

// Wants tells whether the endpoint is to be told of a type.
func (e Endpoint) Wants(t EventType) bool {
	return e.Enabled && (len(e.Events) == 0 || slices.Contains(e.Events, t))
}

// The beginnings of keys, as Standard Webhooks 1.0 writes them.
const (
	secretPrefix = "whsec_" // symmetric
	publicPrefix = "whpk_"  // ed25519
)

// WebhookKeys are what an endpoint checks signatures with.
type WebhookKeys struct {
	Secret string // whsec_ and base64: for v1
	Public string // whpk_ and base64: for v1a
}

// KeysOf returns an endpoint's keys of a version.
func (s Secrets) KeysOf(endpoint string, version int) WebhookKeys {
	public := s.private(endpoint, version).Public().(ed25519.PublicKey)
	return WebhookKeys{
		Secret: secretPrefix + base64.StdEncoding.EncodeToString(s.SigningKey("v1", endpoint, version)),
		Public: publicPrefix + base64.StdEncoding.EncodeToString(public),
	}
}

func (s Secrets) private(endpoint string, version int) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.SigningKey("v1a", endpoint, version))
}

// Sign returns the webhook-signature of a message: v1 and v1a with the present keys,
// and with those before while they count.
func (s Secrets) Sign(e Endpoint, id string, at time.Time, body []byte) string {
	content := fmt.Appendf(nil, "%s.%d.", id, at.Unix())
	content = append(content, body...)
	versions := []int{e.Version}
	if e.Version > 1 && at.Before(e.BeforeUntil) {
		versions = append(versions, e.Version-1)
	}
	var out []string
	for _, v := range versions {
		h := hmac.New(sha256.New, s.SigningKey("v1", e.ID, v))
		_, _ = h.Write(content) // a hash does not fail
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)),
			"v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(s.private(e.ID, v), content)))
	}
	return strings.Join(out, " ")
}

// Why tells whether a signature is right for what came with it, and what is wrong else.
func (s Secrets) Why(e Endpoint, id string, at time.Time, signature string, body []byte, now time.Time) (good bool, why string) {
	given := strings.Fields(signature)
	match := func(want string) bool {
		return slices.ContainsFunc(strings.Fields(want), func(one string) bool { return slices.Contains(given, one) })
	}
	old := e
	old.Version--
	switch {
	case len(given) == 0:
		return false, "there is no signature: give the header webhook-signature whole, such as v1,… v1a,…"
	case match(s.Sign(e, id, at, body)):
		if age := now.Sub(at).Abs(); age > 5*time.Minute {
			return true, fmt.Sprintf("the signature is right, but it is %s old: libraries refuse more than 5 minutes; look at the clock of your server", age.Round(time.Second))
		}
		return true, "the signature is right"
	case old.Version > 0 && match(s.Sign(old, id, at, body)):
		return false, "it was made with the keys before the last rotation, whose time is over"
	}
	return false, "the id, the timestamp or the body is not the one that was signed: give the bytes as they came, before any parsing, " +
		"and the headers webhook-id and webhook-timestamp of the same request; or this endpoint has another secret"
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states.
const (
	Pending   DeliveryState = "pending"
	Delivered DeliveryState = "delivered"
	Failed    DeliveryState = "failed" // given up
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID           string        `json:"id"`
	Endpoint     string        `json:"endpoint"`
	Event        string        `json:"event"`
	Type         EventType     `json:"type"`
	Verification string        `json:"verification,omitempty"`
	State        DeliveryState `json:"state"`
	CreatedAt    time.Time     `json:"createdAt"`
	NextAt       time.Time     `json:"nextAt,omitzero"` // of the next attempt
	Body         string        `json:"body,omitempty"`  // as it was sent
	Attempts     []TryOut      `json:"attempts"`
}

// TryOut is one attempt to deliver: what was sent beside the body, and what came back.
type TryOut struct {
	At        time.Time `json:"at"`
	Timestamp string    `json:"timestamp,omitempty"` // webhook-timestamp
	Signature string    `json:"signature,omitempty"` // webhook-signature
	Status    int       `json:"status,omitempty"`    // of the answer; 0: there was none
	Answer    string    `json:"answer,omitempty"`    // how it begins
	Problem   string    `json:"problem,omitempty"`   // why it does not count as delivered
	Millis    int64     `json:"ms"`
}

// retries are the pauses after an attempt that failed: three days in all.
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 20 * time.Hour,
}

// longestWait is how far an endpoint may put its next attempt off by Retry-After.
const longestWait = 24 * time.Hour

// NextTry is the pause after some failed attempts; false where it is given up. after
// is what the endpoint asks for; chance, 0 to 1, moves it so that not all come at once.
func NextTry(failed int, after time.Duration, chance float64) (time.Duration, bool) {
	if failed < 1 || failed > len(retries) {
		return 0, false
	}
	pause := retries[failed-1]
	return max(pause+time.Duration(chance*float64(pause)/5), min(after, longestWait)), true
}
