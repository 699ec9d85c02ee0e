package pairing

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"visavis/devicekey"
)

// modelled is what a session has to be after the commands of a run, without its clock.
type modelled struct {
	id       string
	state    State
	reason   string
	finished bool
	code     Token // shown last and not used up; empty: none
	device   Token // of the phone that holds it, also when it has ended
	shown    string
	wrong    int
	language string
	gone     []Token // secrets of phones that held it before
}

func (m *modelled) held() bool { return m.state == Comparing || m.state == Paired }

// machine draws commands for a few sessions of two services on one store, as two
// instances are, and compares every answer with the model's.
type machine struct {
	t        *testing.T
	services [2]*Service
	sessions []*modelled
}

// any draws a session and the instance that is asked.
func (m *machine) any(r *rapid.T) (*modelled, *Service) {
	if len(m.sessions) == 0 {
		m.open(r)
	}
	s := m.sessions[rapid.IntRange(0, len(m.sessions)-1).Draw(r, "session")]
	return s, m.services[rapid.IntRange(0, 1).Draw(r, "instance")]
}

func (m *machine) wants(r *rapid.T, what string, err, want error) bool {
	if !errors.Is(err, want) || want == nil && err != nil {
		r.Fatalf("%s: %v, want %v", what, err, want)
	}
	return err == nil
}

func (m *machine) open(r *rapid.T) {
	if len(m.sessions) >= 4 {
		r.Skip("enough sessions")
	}
	s, _, err := m.services[rapid.IntRange(0, 1).Draw(r, "instance")].Open(m.t.Context(), OpenRequest{Language: "fr"})
	m.wants(r, "open", err, nil)
	m.sessions = append(m.sessions, &modelled{id: s.ID, state: Waiting, language: "fr"})
}

func (m *machine) show(r *rapid.T) {
	s, v := m.any(r)
	_, code, err := v.ShowCode(m.t.Context(), s.id, "tab", rapid.Bool().Draw(r, "manual"))
	if s.state != Waiting {
		m.wants(r, "show", err, ErrNotAllowed)
		return
	}
	m.wants(r, "show", err, nil)
	s.code = code.Token
}

// ticket draws the session's code, or one that nobody was shown.
func (m *machine) ticket(r *rapid.T, s *modelled) (t Ticket, good bool) {
	if s.code == "" || rapid.IntRange(0, 3).Draw(r, "wrong code") == 0 {
		return Ticket{Token: newToken()}, false
	}
	return Ticket{Token: s.code}, !s.held() && s.state != Ended
}

func (m *machine) invite(r *rapid.T) {
	s, v := m.any(r)
	ticket, good := m.ticket(r, s)
	_, err := v.Invite(m.t.Context(), ticket)
	if !good {
		m.wants(r, "invite", err, ErrInvalid)
		return
	}
	m.wants(r, "invite", err, nil)
	s.state, s.reason = Scanned, ""
}

func (m *machine) claim(r *rapid.T) {
	s, v := m.any(r)
	ticket, good := m.ticket(r, s)
	got, device, err := v.Claim(m.t.Context(), ticket, ClaimRequest{Conn: "c"})
	if !good {
		m.wants(r, "claim", err, ErrInvalid)
		return
	}
	m.wants(r, "claim", err, nil)
	s.state, s.reason, s.device, s.shown = Comparing, "", device, got.Comparison
}

// secret draws the phone's secret, or one of a phone that is no longer there.
func (m *machine) secret(r *rapid.T, s *modelled) (Token, bool) {
	if len(s.gone) > 0 && rapid.IntRange(0, 3).Draw(r, "former phone") == 0 {
		return rapid.SampledFrom(s.gone).Draw(r, "which"), false
	}
	if s.device == "" {
		return newToken(), false
	}
	return s.device, true
}

func (m *machine) choose(r *rapid.T) {
	s, v := m.any(r)
	secret, good := m.secret(r, s)
	code, right := s.shown, true
	if rapid.IntRange(0, 2).Draw(r, "wrong digits") == 0 {
		code, right = "no", false
	}
	_, err := v.ChooseCode(m.t.Context(), s.id, secret, code)
	switch {
	case !good:
		m.wants(r, "choose", err, ErrInvalid)
	case s.state != Comparing:
		m.wants(r, "choose", err, ErrNotAllowed)
	case right:
		m.wants(r, "choose", err, nil)
		s.state = Paired
	default:
		m.wants(r, "choose", err, ErrWrongCode)
		if s.wrong++; s.wrong > 1 {
			s.gone = append(s.gone, s.device)
			s.state, s.reason, s.device, s.code = Ended, ReasonWrongCodeTwice, "", ""
			return
		}
		m.release(s, ReasonWrongCode)
	}
}

func (m *machine) release(s *modelled, reason string) {
	s.gone = append(s.gone, s.device)
	s.state, s.reason, s.device, s.code = Waiting, reason, "", ""
}

func (m *machine) notMyPhone(r *rapid.T) {
	s, v := m.any(r)
	_, err := v.NotMyPhone(m.t.Context(), s.id, "", nil)
	if !s.held() || s.finished {
		m.wants(r, "not my phone", err, ErrNotAllowed)
		return
	}
	m.wants(r, "not my phone", err, nil)
	m.release(s, ReasonNotMyPhone)
}

func (m *machine) resume(r *rapid.T) {
	s, v := m.any(r)
	secret, good := m.secret(r, s)
	conn := fmt.Sprint("c", rapid.IntRange(0, 9).Draw(r, "connection"))
	got, err := v.Resume(m.t.Context(), secret, conn, devicekey.Proof{})
	if !good {
		m.wants(r, "resume", err, ErrInvalid)
		return
	}
	if m.wants(r, "resume", err, nil) && got.ID != s.id {
		r.Fatalf("resumed %s, want %s", got.ID, s.id)
	}
}

func (m *machine) end(r *rapid.T) {
	s, v := m.any(r)
	reason, how := ReasonCancelledDesktop, v.Cancel
	switch rapid.IntRange(0, 2).Draw(r, "who") {
	case 0:
		reason, how = ReasonCancelledPhone, v.Bye
	case 1:
		reason, how = ReasonNotMe, v.NotMe
	}
	_, err := how(m.t.Context(), s.id)
	m.wants(r, "end", err, nil)
	if s.state != Ended && !s.finished {
		s.state, s.reason, s.code = Ended, reason, ""
	}
}

func (m *machine) finish(r *rapid.T) {
	s, v := m.any(r)
	_, err := v.Finish(m.t.Context(), s.id)
	if s.state != Paired {
		m.wants(r, "finish", err, ErrNotAllowed)
		return
	}
	m.wants(r, "finish", err, nil)
	s.finished = true
}

func (m *machine) speak(r *rapid.T) {
	s, v := m.any(r)
	s.language = rapid.SampledFrom([]string{"fr", "de", "ar"}).Draw(r, "language")
	_, err := v.SetLanguage(m.t.Context(), s.id, s.language)
	m.wants(r, "language", err, nil)
}

// check compares every record, read through either instance, with the model.
func (m *machine) check(r *rapid.T) {
	for _, s := range m.sessions {
		for i, v := range m.services {
			got, err := v.Load(m.t.Context(), s.id)
			if err != nil {
				r.Fatal(err)
			}
			if got.State != s.state || got.Finished != s.finished || got.WrongChoices != s.wrong || got.Language != s.language ||
				s.reason != "" &&
					got.Reason != s.reason || s.device != "" && got.DeviceHash != s.device.hash() ||
				s.device == "" && got.DeviceHash != "" {
				r.Fatalf("instance %d: %+v\nmodel: %+v", i, got, *s)
			}
			for _, former := range s.gone {
				if _, err := v.ByDevice(m.t.Context(), former); !errors.Is(err, ErrInvalid) {
					r.Fatalf("a former phone's secret still works: %v", err)
				}
			}
		}
	}
}

// Random commands to two instances on one store get the answers of a model that fits on a
// page: pgregory.net/rapid draws them and shrinks what fails.
func TestSessionsAreTheirModelUnderRandomCommands(t *testing.T) {
	stores := map[string]func(t *testing.T) [2]Store{
		"memory": func(t *testing.T) [2]Store {
			m := newTestMemory(t, MemoryLimits{})
			return [2]Store{m, m}
		},
		"redis": func(t *testing.T) [2]Store {
			url := redisURL(t)
			return [2]Store{openRedis(t, url), openRedis(t, url)}
		},
	}
	const many = 1 << 30
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			var services [2]*Service
			for i, store := range open(t) {
				var err error
				services[i], err = NewService(store, Config{
					Secret: testSecret, SessionsPerHour: many, ClaimsPer10Min: many, InvitesPer10Min: many, CodesPer10Min: many,
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			rapid.Check(t, func(r *rapid.T) {
				m := &machine{t: t, services: services}
				r.Repeat(map[string]func(*rapid.T){
					"open":         m.open,
					"show":         m.show,
					"invite":       m.invite,
					"claim":        m.claim,
					"choose":       m.choose,
					"not my phone": m.notMyPhone,
					"resume":       m.resume,
					"end":          m.end,
					"finish":       m.finish,
					"language":     m.speak,
					"":             m.check,
				})
			})
		})
	}
}
