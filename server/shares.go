package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"visavis/limits"
	"visavis/protocol"
)

// limitRows returns the limits of this server: those of the table, with the numbers of
// the settings.
func (l Limits) limitRows() []limits.Row {
	messages, sent, sockets, total := limits.Messages.Of(), limits.Bytes.Of(), limits.Sockets.Of(),
		limits.SocketsTotal.Of()
	strangers, desktops := limits.SocketsStrangers.Of(), limits.SocketsDesktops.Of()
	messages.Number, messages.Per = int64(l.MessagesBurst), per(l.MessagesBurst, l.Messages)
	sent.Number, sent.Per = int64(l.BytesBurst), per(l.BytesBurst, l.Bytes)
	sockets.Number = int64(l.Sockets)
	if n := int64(l.SocketsTotal); n != total.Number {
		strangers.Number, desktops.Number = max(1, strangers.Number*n/total.Number), max(1, desktops.Number*n/total.Number)
		total.Number = n
	}
	return []limits.Row{messages, sent, sockets, total, strangers, desktops}
}

// holdSocket charges a socket or an event stream. It counts as a stranger's until known
// is called.
func (s *Server) holdSocket(addr netip.Addr, rows ...limits.Limit) (*limits.Held, error) {
	return s.meter.Hold(addr, append([]limits.Limit{limits.Sockets, limits.SocketsTotal}, rows...)...)
}

// sessionSockets counts the sockets of each session on this instance. Safe for concurrent use.
type sessionSockets struct {
	mu   sync.Mutex // guards what follows
	open map[string]int
}

// hold counts one more socket of a session. release undoes it, once. The error is a
// *limits.Refused.
func (c *sessionSockets) hold(id string) (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[id] >= limits.SocketsSession.Number() {
		return nil, limits.Refuse(limits.SocketsSession, 0)
	}
	if c.open == nil {
		c.open = map[string]int{}
	}
	c.open[id]++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open[id]--; c.open[id] == 0 {
			delete(c.open, id)
		}
	}), nil
}

// fileFolders are the paths of what pages load.
var fileFolders = []string{"/a/", "/css/", "/js/", "/img/"}

// The prices of requests, in messages.
const (
	priceOfFile   = 0.1 // of what a page loads, which is in memory
	priceOfAnswer = 1
	priceOfExport = 20 // 14 ms of a core; a funnel counts up to 50,000 verifications
)

// priceOf is what a request is charged in messages before it is handled, whatever its
// method and whether there is such a route. Zero: nothing. Health checks and metrics are
// for the machine's operator.
func priceOf(r *http.Request) float64 {
	path := r.URL.Path
	switch {
	case path == "/healthz", path == "/readyz", path == "/metrics":
		return 0
	case slices.ContainsFunc(fileFolders, func(dir string) bool { return strings.HasPrefix(path, dir) }):
		return priceOfFile
	case strings.HasSuffix(path, "/export"), strings.HasSuffix(path, "/funnel"):
		return priceOfExport
	}
	return priceOfAnswer
}

// beginsLogin reports whether a request starts a login at an identity provider.
func beginsLogin(r *http.Request) bool {
	return r.URL.Path == "/login/oidc" || r.URL.Path == "/login/callback" || r.URL.Path == "/api/login/demo"
}

// bytesOf is what a request is charged in bytes: its declared length, or the maximum that
// is read if there is none (chunked).
func bytesOf(r *http.Request) int {
	if r.ContentLength < 0 || r.ContentLength > maxBinary {
		return maxBinary
	}
	return int(r.ContentLength)
}

// affordable charges a request to its address. If false, the request has been answered.
func (s *Server) affordable(w http.ResponseWriter, r *http.Request) bool {
	addr := clientAddr(r, s.cfg.TrustedProxies)
	if price := priceOf(r); price > 0 {
		if err := s.meter.TakeBoth(addr, limits.Messages, price, limits.Bytes, float64(bytesOf(r))); err != nil {
			s.refusals.write(w, r, refusal(w, err))
			return false
		}
	}
	if beginsLogin(r) {
		if err := s.meter.Take(addr, limits.Logins, 1); err != nil {
			s.refusals.write(w, r, refusal(w, err))
			return false
		}
	}
	return true
}

// tooMany returns the error message of a reached limit.
func tooMany(r *limits.Refused) protocol.Error {
	return protocol.Error{Code: protocol.CodeRateLimited, Text: r.Text(), Wanted: r.Limit.Of().Amount()}
}
