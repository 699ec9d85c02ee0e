package server

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/testkit"
)

// lateStore gives each new subscriber news of a record as it was two changes ago, as
// a store across a network may.
type lateStore struct {
	pairing.Store
	mu  sync.Mutex
	old map[string][]pairing.Session
}

func (s *lateStore) Save(ctx context.Context, next pairing.Session, ttl time.Duration) error {
	err := s.Store.Save(ctx, next, ttl)
	if err == nil {
		s.mu.Lock()
		s.old[next.ID] = append(s.old[next.ID], next.Clone())
		s.mu.Unlock()
	}
	return err
}

func (s *lateStore) Subscribe(ctx context.Context, id string) (<-chan pairing.Event, func(), error) {
	events, cancel, err := s.Store.Subscribe(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	old := s.old[id][:max(len(s.old[id])-1, 0)]
	s.mu.Unlock()
	out := make(chan pairing.Event, len(old)+16)
	for i := range old {
		out <- pairing.Event{Session: &old[i]}
	}
	go func() {
		defer close(out)
		for ev := range events {
			out <- ev
		}
	}()
	return out, cancel, nil
}

// What is older than the record that a claim or a resume returned ends nobody, and the
// welcome is the first that a phone hears of its session.
func TestNewsThatComesLateEndsNobody(t *testing.T) {
	in := newTestServer(t, &lateStore{Store: newStore(t), old: map[string][]pairing.Session{}})
	desktop := in.dialDesktop(t, in.openSession(t))
	code := expect[protocol.Pairing](desktop, "a code", nil)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect[protocol.Invitation](phone, "the invitation", nil)
	phone.send(protocol.Claim{})
	welcome := wantWelcome(t, phone)
	for range 3 { // each resume moves the session to another connection
		again := in.dial(t, "phone", nil)
		again.send(protocol.Hello{DeviceSecret: welcome.DeviceSecret})
		wantWelcome(t, again)
		again.send(protocol.Extend{})
		again.expectState(protocol.StateComparing)
	}
}

// wantWelcome reads the next message, which must be a welcome.
func wantWelcome(t *testing.T, phone *client) protocol.Welcome {
	t.Helper()
	m, err := phone.next()
	if err != nil {
		t.Fatalf("instead of the welcome: %v (close code %d)", err, websocket.CloseStatus(err))
	}
	welcome, ok := m.(protocol.Welcome)
	if !ok {
		t.Fatalf("before the welcome: %s %+v", m.MessageType(), m)
	}
	return welcome
}

// Many pairings at once lose none: the welcome comes first, at the claim and at each
// of a few resumes.
func TestManyPairingsAtOnceLoseNone(t *testing.T) { eachStore(t, testManyPairings) }

func testManyPairings(t *testing.T, open func(t *testing.T) pairing.Store) {
	in := newTestServer(t, open(t))
	const pairs, atOnce = 60, 6
	work := make(chan int, pairs)
	for n := range pairs {
		work <- n
	}
	close(work)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for n := range work {
				if err := in.pairAndResume(t); err != nil {
					t.Errorf("pairing %d: %v", n, err)
				}
			}
		})
	}
	workers.Wait()
}

// pairAndResume pairs a phone and lets it come back three times.
func (in *instance) pairAndResume(t *testing.T) error {
	ctx := t.Context()
	sess, _, err := in.cfg.Service.Open(ctx, pairing.OpenRequest{Language: "fr"})
	if err != nil {
		return err
	}
	_, code, err := in.cfg.Service.ShowCode(ctx, sess.ID, "tab", false)
	if err != nil {
		return err
	}
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: string(code.Token)})
	if _, err := phone.next(); err != nil {
		return fmt.Errorf("invitation: %w", err)
	}
	phone.send(protocol.Claim{})
	secret := ""
	for n := range 4 {
		m, err := phone.next()
		welcome, ok := m.(protocol.Welcome)
		if err != nil || !ok {
			return fmt.Errorf("connection %d: %T and %w before the welcome", n, m, err)
		}
		if welcome.DeviceSecret != "" {
			secret = welcome.DeviceSecret
		}
		_ = phone.conn.CloseNow()
		if n < 3 {
			phone = in.dial(t, "phone", nil)
			phone.send(protocol.Hello{DeviceSecret: secret})
		}
	}
	return nil
}

// Redis that comes back without its data is told to everybody: a desktop that waits,
// one that is paired, its phone. Each can begin again.
func TestARedisThatComesBackEmpty(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_REDIS", "no redis-server in PATH: nothing proved")
	}
	url, stop := startRedis(t, path, "")
	in := newTestServer(t, openRedis(t, url))
	waiting := in.dialDesktop(t, in.openSession(t))
	expect[protocol.Pairing](waiting, "a code", nil)
	paired := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, paired)
	stop()
	again, _ := startRedis(t, path, portOf(t, url))
	_ = openRedis(t, again) // it answers
	began := time.Now()
	waiting.expectClose(protocol.CloseNoSession)
	paired.expectClose(protocol.CloseNoSession)
	phone.expectClose(protocol.CloseInvalidToken)
	t.Logf("told within %s", time.Since(began)) // each read waits 10 s at most
	fresh := in.dialDesktop(t, in.openSession(t))
	in.pair(t, fresh)
}

// Deadlines are told to both devices though no frame comes.
func TestDeadlinesAreToldWithoutAFrame(t *testing.T) {
	withActor(t, func(t *testing.T, in *clocked, a *actor) {
		desktop, phone := in.paired()
		p := &rehearsed{follower: phone, t: t, actor: a}
		p.say(t, protocol.ChooseDocument{Document: "passport"})
		p.say(t, protocol.Start{})
		for range capture.StreakGood {
			p.frame("document-front", capturetest.JPEG(t, 1), "")
		}
		phaseOf := func(f *follower) string {
			if s := f.newest(); s != nil {
				return s.Steps[0].State + " " + s.Steps[0].Phase
			}
			return "nothing new"
		}
		beat := func(d time.Duration) { // the phone lives, and sends no frame
			for end := time.Now().Add(d); time.Now().Before(end); {
				p.say(t, protocol.Beat{})
				time.Sleep(time.Second)
			}
		}
		if got := phaseOf(desktop); got != "active still" {
			t.Fatalf("the desktop sees %q", got)
		}
		beat(capture.StillWait + time.Second)
		if d, f := phaseOf(desktop), phaseOf(phone); d != "active guiding" || f != "active guiding" {
			t.Errorf("a still that did not come: desktop %q, phone %q; want active guiding", d, f)
		}
		p.shoot("document-front", capturetest.JPEG(t, 2))
		if got := phaseOf(desktop); got != "active tilt" {
			t.Fatalf("after the still the desktop sees %q", got)
		}
		beat(capture.TiltWait + time.Second)
		if d, f := phaseOf(desktop), phaseOf(phone); d != "accepted " || f != "accepted " {
			t.Errorf("a tilt that did not come: desktop %q, phone %q; want accepted", d, f)
		}
		a.now.Store(moment("", 0, 1))
		for range capture.StreakGood {
			p.frame("selfie", capturetest.JPEG(t, 3), "")
		}
		if c := last[protocol.Challenge](p); c.Kind != "gesture" || c.MaySkip {
			t.Fatalf("challenge: %+v", c)
		}
		beat(2*capture.GestureTry + time.Second)
		if c := last[protocol.Challenge](p); !c.MaySkip || c.EndsAt < time.Now().UnixMilli() {
			t.Errorf("after two tries that nobody did: %+v", c)
		}
		if p := desktop.newest(); p == nil {
			t.Error("the desktop was not told that the gesture may be skipped")
		}
	})
}
