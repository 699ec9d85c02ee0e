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

// Endpoint is a site's address that receives events.
type Endpoint struct {
	ID     string      `json:"id"`
	Site   string      `json:"site"`
	URL    string      `json:"url"`
	Events []EventType `json:"events,omitempty"` // empty: all
	Label  string      `json:"label,omitempty"`
	// Enabled endpoints receive events. WhyNot says why one is disabled.
	Enabled bool   `json:"enabled"`
	WhyNot  string `json:"whyNot,omitempty"`
	// Version of its secrets. Until BeforeUntil the previous version signs too.
	Version     int       `json:"version"`
	BeforeUntil time.Time `json:"beforeUntil,omitzero"`
	CreatedAt   time.Time `json:"createdAt"`
	// FailingSince is when its first failure since the last success was; zero if none.
	FailingSince time.Time `json:"failingSince,omitzero"`
	// ToldAt is when its site was told that it fails; zero if it was not since the last success.
	ToldAt time.Time `json:"toldAt,omitzero"`
}

// maxLabel bounds the label of an endpoint or a key, in characters.
const maxLabel = 200

// Check returns an error for an invalid endpoint. A site that is not live may use http on
// this machine. The sender decides whether a private address is called.
func (e Endpoint) Check(live bool) error {
	if len(e.URL) > 2000 || checkURL(e.URL, live) != nil {
		return &InvalidError{Field: "url", Have: e.URL,
			Want: "an https address without user or fragment; a test site may name http://localhost too"}
	}
	for _, t := range e.Events {
		if !slices.Contains(EventTypes(), t) {
			return &InvalidError{Field: "events", Have: string(t), Want: fmt.Sprintf("some of %v", EventTypes())}
		}
	}
	return checkLine("label", e.Label, 0, maxLabel)
}

// Wants reports whether the endpoint receives events of a type.
func (e Endpoint) Wants(t EventType) bool {
	return e.Enabled && (len(e.Events) == 0 || slices.Contains(e.Events, t))
}

// Prefixes of keys, from Standard Webhooks 1.0.
const (
	secretPrefix = "whsec_" // symmetric
	publicPrefix = "whpk_"  // ed25519
)

// WebhookKeys are the keys with which an endpoint checks signatures.
type WebhookKeys struct {
	Secret string // prefix and base64: for v1
	Public string // prefix and base64: for v1a
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

// Sign returns the webhook-signature header of a message: v1 and v1a with the current
// keys, and with the previous ones while they are valid.
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

// isSignature reports whether a piece of the header has the form of one that Sign writes.
func isSignature(piece string) bool {
	version, value, _ := strings.Cut(piece, ",")
	raw, err := base64.StdEncoding.DecodeString(value)
	return err == nil &&
		(version == "v1" && len(raw) == sha256.Size || version == "v1a" && len(raw) == ed25519.SignatureSize)
}

// Why reports whether a signature is valid for a message, and if not, why.
func (s Secrets) Why(
	e Endpoint, id string, at time.Time, signature string, body []byte, now time.Time,
) (good bool, why string) {
	given := strings.Fields(signature)
	match := func(want string) bool {
		return slices.ContainsFunc(strings.Fields(want), func(one string) bool { return slices.Contains(given, one) })
	}
	old := e
	old.Version--
	switch {
	case len(given) == 0:
		return false, "there is no signature: give the header webhook-signature whole, such as v1,… v1a,…"
	case !slices.ContainsFunc(given, isSignature):
		return false, "none of what was given is a signature v1,… or v1a,… with Base64 after the comma: give the header " +
			"webhook-signature whole, as it came"
	case match(s.Sign(e, id, at, body)):
		if age := now.Sub(at).Abs(); age > 5*time.Minute {
			return true, fmt.Sprintf("the signature is right, but it is %s old: libraries refuse more than 5 minutes; look at "+
				"the clock of your server", age.Round(time.Second))
		}
		return true, "the signature is right"
	case old.Version > 0 && match(s.Sign(old, id, at, body)):
		return false, "it was made with the keys before the last rotation, whose time is over"
	}
	return false, "the id, the timestamp or the body is not the one that was signed: give the bytes as they came, " +
		"before any parsing, " +
		"and the headers webhook-id and webhook-timestamp of the same request; or this endpoint has another secret"
}

// DeliveryState is the state of a delivery.
type DeliveryState string

// The states.
const (
	Pending   DeliveryState = "pending"
	Delivered DeliveryState = "delivered"
	Failed    DeliveryState = "failed" // given up
)

// Delivery is one event to be delivered to one endpoint.
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

// TryOut is one delivery attempt: what was sent besides the body, and the answer.
type TryOut struct {
	At        time.Time `json:"at"`
	Timestamp string    `json:"timestamp,omitempty"` // webhook-timestamp
	Signature string    `json:"signature,omitempty"` // webhook-signature
	Status    int       `json:"status,omitempty"`    // of the answer; 0 if there was none
	Answer    string    `json:"answer,omitempty"`    // its beginning
	Problem   string    `json:"problem,omitempty"`   // why it counts as failed
	Millis    int64     `json:"ms"`
}

// retries are the delays after failed attempts, three days in total.
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 20 * time.Hour,
}

// longestWait bounds the delay that an endpoint may ask for by Retry-After.
const longestWait = 24 * time.Hour

// NextTry returns the delay after this many failed attempts; false if the delivery is
// given up. after is the endpoint's Retry-After. chance, 0 to 1, is the random part that
// spreads the retries.
func NextTry(failed int, after time.Duration, chance float64) (time.Duration, bool) {
	if failed < 1 || failed > len(retries) {
		return 0, false
	}
	pause := retries[failed-1]
	return max(pause+time.Duration(chance*float64(pause)/5), min(after, longestWait)), true
}
