package server

import (
	"net/http"
	"slices"
	"strings"
)

// originAllowed tells whether the request's Origin header names a page of ours.
// Browsers send it with every socket and POST; a client without it is not a
// browser and cannot be misused by a page.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	return slices.Contains(s.allowedOrigins(), strings.ToLower(origin))
}

// allowedOrigins lists what Origin headers may say: the address in links, those
// that can be chosen, and the configured ones.
func (s *Server) allowedOrigins() []string {
	list := append([]string{s.cfg.Origin()}, s.cfg.Origins()...)
	list = append(list, s.cfg.AllowedOrigins()...)
	for i, o := range list {
		list[i] = strings.ToLower(strings.TrimRight(o, "/"))
	}
	return list
}

// socketSources are the addresses of our own sockets for connect-src, since older
// Safari does not count wss among 'self'.
func (s *Server) socketSources(r *http.Request) string {
	scheme := "wss://"
	if r.TLS == nil && !s.cfg.secure() {
		scheme = "ws://"
	}
	host := r.Host
	if !validHost(host) {
		return ""
	}
	return " " + scheme + host
}

// validHost keeps a hostile Host header out of the policy header.
func validHost(host string) bool {
	if host == "" || len(host) > 255 {
		return false
	}
	for _, c := range host {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune(".-:[]", c):
		default:
			return false
		}
	}
	return true
}

// secure tells whether the address in links is https.
func (c Config) secure() bool { return strings.HasPrefix(c.Origin(), "https://") }
