package enrolments

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"visavis/certificate"
	"visavis/server"
)

const (
	// searchesAMinute bounds the searches of one address: enough for a person, too few to
	// copy the directory quickly.
	searchesAMinute = 20
	// searchers bounds the addresses counted in a minute. Further ones wait for the next.
	searchers = 10_000
	// shortest is the minimum length of a searched name.
	shortest = 3
)

// turnstile counts the searches of each address in a minute.
type turnstile struct {
	mu     sync.Mutex // guards what follows
	minute time.Time
	counts map[netip.Prefix]int
}

func (t *turnstile) pass(network netip.Prefix, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := now.Truncate(time.Minute); !minute.Equal(t.minute) {
		t.minute, t.counts = minute, map[netip.Prefix]int{}
	}
	n, known := t.counts[network]
	if n >= searchesAMinute || !known && len(t.counts) >= searchers {
		return false
	}
	t.counts[network]++
	return true
}

// listed is a published certificate.
type listed struct {
	Subject string            `json:"subject"`
	Issuer  string            `json:"issuer"`
	Serial  string            `json:"serial"`
	From    time.Time         `json:"from"`
	Until   time.Time         `json:"until"`
	State   certificate.State `json:"state"`
	Badge   string            `json:"badge"`
}

// directory searches the published certificates, for anybody, at a limited rate.
func (p *Plane) directory(h server.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.turnstile.pass(h.Network(r), time.Now()) {
			w.Header().Set("Retry-After", "60")
			p.Refuse(w, r, errTooMany)
			return
		}
		if err := clean(r); err != nil {
			p.Refuse(w, r, err)
			return
		}
		query := strings.TrimSpace(r.URL.Query().Get("q"))
		list := []listed{}
		if utf8.RuneCountInString(query) >= shortest && len(query) <= 200 {
			ctx, cancel := context.WithTimeout(r.Context(), callWithin)
			defer cancel()
			found, err := p.journey.Directory(ctx, query)
			if err != nil {
				p.Refuse(w, r, err)
				return
			}
			for _, c := range found {
				v := p.certificateOf(c, languageOf(r))
				list = append(list, listed{v.Subject, v.Issuer, v.Serial, v.From, v.Until, v.State, v.Badge})
			}
		}
		writeJSON(w, http.StatusOK, map[string]any{"certificates": list})
	}
}
