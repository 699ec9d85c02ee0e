package protocol

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The pace of a client.
const (
	BeatEvery = 4 * time.Second // of a phone that has claimed
	PollEvery = 2 * time.Second // of a desktop whose event stream is held back
	// SocketWait is how long a client tries the socket before it goes on over HTTP.
	SocketWait = 5 * time.Second
	// The delay before a reconnect doubles from resumeFirst to resumeMost.
	resumeFirst = 500 * time.Millisecond
	resumeMost  = 15 * time.Second
)

// ResumeAfter returns how long a client waits before its reconnect number attempt, counted
// from 0. Half of the time is random, so that the clients of a restarted server do not all
// come back at once.
func ResumeAfter(attempt int) time.Duration {
	delay := resumeMost
	if attempt < 5 {
		delay = resumeFirst << attempt
	}
	return delay/2 + rand.N(delay/2+1)
}

// RetryStatus reports whether a client tries again after an HTTP status that refused it.
func RetryStatus(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
}

// Memory is what a client keeps from one connection to the next, and what it says by it. It
// sends nothing itself. It is not safe for concurrent use.
type Memory struct {
	Language  string // that every hello asks for, a BCP 47 tag; "" leaves the choice to the server
	Enrolment string // the id of the enrolment that a desktop follows instead of a session
	Token     string // of the link that a phone followed
	Code      string // that was typed on a phone
	Secret    string // of a phone that has claimed

	Rev     int64   // the greatest that was heard
	Nonce   string  // of the newest challenge, until it is done
	Pairing Pairing // the newest; its URL is empty before the first

	started *Start  // said again after a return
	still   []Frame // the parts of the newest still
}

// Scanned is the memory of a phone that scanned the link of a QR, or on which a code was
// typed, and the origin that the link names; "" with a code.
func Scanned(linkOrCode string) (memory Memory, origin string, err error) {
	if !strings.Contains(linkOrCode, "://") {
		return Memory{Code: linkOrCode}, "", nil
	}
	link, err := url.Parse(linkOrCode)
	if err != nil || link.Fragment == "" {
		return Memory{}, "", errors.New("link of a QR: want an address with the token after #")
	}
	return Memory{Token: link.Fragment}, link.Scheme + "://" + link.Host, nil
}

// Forget is what a reload of the page does: what it has heard and sent is gone.
func (m *Memory) Forget() {
	*m = Memory{Language: m.Language, Enrolment: m.Enrolment, Token: m.Token, Code: m.Code, Secret: m.Secret}
}

// Hello is the first message of a connection. A phone is named by its secret, before it has
// one by the token or the typed code.
func (m *Memory) Hello() Hello {
	h := Hello{Enrolment: m.Enrolment, DeviceSecret: m.Secret, Rev: m.Rev, Language: m.Language}
	if m.Secret == "" {
		h.Token, h.Code = m.Token, m.Code
	}
	return h
}

// Header sets what a POST of the HTTP fallback says of the client.
func (m *Memory) Header(h http.Header) {
	h.Set("Visavis-Rev", strconv.FormatInt(m.Rev, 10))
	if m.Secret != "" {
		h.Set("Visavis-Device", m.Secret)
	}
}

// Hear notes a message of the server.
func (m *Memory) Hear(heard Message) {
	m.Rev = max(m.Rev, RevOf(heard))
	switch heard := heard.(type) {
	case Pairing:
		m.Pairing = heard
	case Welcome:
		m.Secret = cmp.Or(heard.DeviceSecret, m.Secret)
	case Challenge:
		m.Nonce = heard.Nonce
		if heard.Done {
			m.Nonce = ""
		}
	}
}

// Say notes a message that a phone is about to send, and returns it as it goes out: over HTTP
// nobody remembers the hello, so that a claim repeats the token or the code.
func (m *Memory) Say(said Message, posted bool) Message {
	switch said := said.(type) {
	case Claim:
		if posted {
			said.Token, said.Code = m.Token, m.Code
		}
		return said
	case Start:
		m.started = &said
	}
	return said
}

// Preview is a preview that a phone is about to send, with the nonce of the newest challenge.
func (m *Memory) Preview(step string, seq uint32, jpeg []byte) Frame {
	return Frame{Kind: Preview, Step: step, Seq: seq, CapturedAt: time.Now(), Parts: 1, Nonce: m.Nonce, Data: jpeg}
}

// Still notes a still that a phone is about to send, and returns its parts of at most size
// bytes each, without those that are there already; with size 0 the whole is one part.
func (m *Memory) Still(still Frame, size int, there map[int]bool) []Frame {
	m.still = still.Split(size)
	return m.lacking(there)
}

// lacking are the parts of the newest still that are not there.
func (m *Memory) lacking(there map[int]bool) []Frame {
	return slices.DeleteFunc(slices.Clone(m.still), func(f Frame) bool { return there[f.Part] })
}

// Again returns what a phone says after the welcome that answers its return: start, nil if it
// never said it, and the parts of the newest still that the server lacks.
func (m *Memory) Again(w Welcome) (*Start, []Frame) {
	if m.started == nil || w.DeviceSecret != "" {
		return nil, nil
	}
	if w.Still == nil || len(m.still) == 0 || w.Still.Seq != m.still[0].Seq || w.Still.Step != m.still[0].Step {
		return m.started, nil
	}
	there := map[int]bool{}
	for _, part := range w.Still.Received {
		there[part] = true
	}
	return m.started, m.lacking(there)
}
