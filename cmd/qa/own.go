package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"visavis/pairing"
	"visavis/qa/mock"
	"visavis/server"
)

// config turns the settings into those of a mock server; nil are the usual ones.
func (s *ServerSettings) config() mock.Config {
	if s == nil {
		return mock.Config{NoChallenge: true}
	}
	return mock.Config{
		NoChallenge: !s.Challenge,
		Pairing: pairing.Config{
			TokenLife: s.TokenLife.Duration, TypedLife: s.TypedLife.Duration, CodesLife: s.CodesLife.Duration,
			ScannedLife: s.ScannedLife.Duration,
			Grace:       s.Grace.Duration, IdleLife: s.Idle.Duration, TotalLife: s.Total.Duration,
			ExtendTotal: s.Extend.Duration, BeatLife: s.Absent.Duration,
			SessionsPerHour: s.SessionsPerHour, ClaimsPer10Min: s.ClaimsPer10Min, InvitesPer10Min: s.InvitesPer10Min,
			TypedMissesPerHour: s.TypedMissesPerHour,
		},
		Limits: server.Limits{
			Absent: s.Absent.Duration, Hello: s.Hello.Duration, Sockets: s.Sockets,
			Messages: float64(s.MessagesASecond), MessagesBurst: float64(s.MessagesASecond),
		},
	}
}

// http makes one request and looks at its answer.
func (p *player) http(ctx context.Context, s *HTTPStep) error {
	path := fmt.Sprint(p.filled(s.Path))
	var body io.Reader
	switch b := p.filled(s.Body).(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	origin := strings.TrimSuffix(p.options.Client.Server, "/")
	r, err := http.NewRequestWithContext(ctx, s.Method, origin+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Origin", origin)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range s.Header {
		r.Header.Set(name, fmt.Sprint(p.filled(value)))
	}
	if s.As != "" {
		who := p.party(s.As)
		if who == nil || who.desktop == nil {
			return fmt.Errorf("as %q: no such desktop is open", s.As)
		}
		for _, c := range who.desktop.Cookies() {
			r.AddCookie(c)
		}
	}
	transport := &http.Transport{TLSClientConfig: p.options.Client.TLS.Clone()}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{
		Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	p.print.line(time.Now(), "%-8s <- %d %.200s", s.Method, answer.StatusCode, raw)
	if s.Status != 0 && answer.StatusCode != s.Status {
		return fmt.Errorf("%s %s: status %d, want %d: %.200s", s.Method, path, answer.StatusCode, s.Status, raw)
	}
	return p.look(s, raw)
}

// look holds an answer's JSON against what is wanted, and keeps what is to be kept.
func (p *player) look(s *HTTPStep, raw []byte) error {
	if len(s.Where) == 0 && len(s.Save) == 0 {
		return nil
	}
	var all any
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	where, _ := p.filled(s.Where).(map[string]any)
	for path, want := range where {
		if got := measured(at(all, path)); !valueMatches(got, want) {
			return fmt.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, path := range s.Save {
		p.vars[name] = at(all, path)
	}
	return nil
}
