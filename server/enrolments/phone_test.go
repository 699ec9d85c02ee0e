package enrolments_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"visavis/client"
	"visavis/protocol"
)

// pictures makes every picture of the tests another one.
var pictures atomic.Int64

// pair is a desktop and a phone of one capture.
type pair struct {
	b       *browser
	ctx     context.Context //nolint:containedctx // of one test
	cfg     client.Config   // of phones
	desktop *client.Desktop
	phone   *client.Phone
	seq     uint32
	site    string // who asks, as the phone is told
	end     string // of the phone's connection, with the reason of the close frame
}

// pair opens a session for an enrolment, claims it and chooses the right code.
// phoneAt is where the phone connects; nil: to the same instance.
func (b *browser) pair(id string, phoneAt *instance) *pair {
	t := b.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	cfg := client.Config{Server: b.in.URL, TLS: b.roots(), Language: "fr", Enrolment: id, Cookies: b.cookies,
		BeatEvery: -1}
	p := &pair{b: b, ctx: ctx, cfg: cfg, seq: 100}
	var err error
	p.desktop, err = client.OpenDesktop(ctx, cfg)
	must(t, err)
	t.Cleanup(p.desktop.Close)
	if phoneAt != nil {
		p.cfg.Server, p.cfg.TLS = phoneAt.URL, b.at(phoneAt).roots()
	}
	p.join()
	return p
}

// join pairs a phone with the code that the desktop shows next.
func (p *pair) join() {
	t, ctx := p.b.t, p.ctx
	t.Helper()
	code := await(p, p.desktop, func(m protocol.Pairing) bool { return m.URL != "" })
	var err error
	p.phone, err = client.NewPhone(p.cfg, code.TypedCode)
	must(t, err)
	t.Cleanup(p.phone.Close)
	must(t, p.phone.Open(ctx))
	p.site = await(p, p.phone, func(protocol.Invitation) bool { return true }).Site
	must(t, p.phone.Send(ctx, protocol.Claim{}))
	await(p, p.phone, func(m protocol.Welcome) bool {
		return m.Progress != nil && m.Progress.State == protocol.StateComparing
	})
	shown := await(p, p.desktop, func(m protocol.Progress) bool { return m.Code != "" })
	must(t, p.phone.Send(ctx, protocol.ChooseCode{Code: shown.Code}))
	await(p, p.phone, func(m protocol.Progress) bool { return m.State == protocol.StatePaired })
}

// await reads events until a message of the type fits.
func await[M protocol.Message](p *pair, from interface {
	Next(ctx context.Context) (client.Event, error)
}, fits func(M) bool,
) M {
	p.b.t.Helper()
	for {
		ev, err := from.Next(p.ctx)
		var want M
		if err != nil || ev.Ended {
			p.b.t.Fatalf("waiting for %T: %v, ended with %d %v", want, err, ev.Code, ev.Err)
		}
		if m, ok := ev.Message.(M); ok && fits(m) {
			return m
		}
	}
}

// choose says which document is shown.
func (p *pair) choose(document string) {
	p.b.t.Helper()
	must(p.b.t, p.phone.Send(p.ctx, protocol.ChooseDocument{Document: document}))
	await(p, p.phone, func(m protocol.Progress) bool { return m.Document == document })
}

// send sends one still, taken with the shutter.
func (p *pair) send(step string) error {
	p.seq++
	return p.phone.SendStill(p.ctx, protocol.Frame{
		Kind: protocol.Still, Step: step, Seq: p.seq, Manual: true, CapturedAt: time.Now(),
		Data: testJPEG(p.b.t, int(pictures.Add(1))),
	}, 64<<10, nil)
}

// shoot starts the capture if need be and takes one still.
func (p *pair) shoot(step string) protocol.StillResult {
	p.b.t.Helper()
	must(p.b.t, p.phone.Send(p.ctx, protocol.Start{}))
	must(p.b.t, p.send(step))
	return await(p, p.phone, func(m protocol.StillResult) bool { return m.Seq == p.seq })
}

// take takes stills that have to be accepted.
func (p *pair) take(steps ...string) {
	p.b.t.Helper()
	for _, step := range steps {
		if r := p.shoot(step); !r.Accepted {
			p.b.t.Fatalf("%s: %s", step, fmt.Sprintf("%+v", r))
		}
	}
}

// passportSteps and cardSteps are all steps of a document.
var (
	passportSteps = []string{"document-front", "selfie"}
	cardSteps     = []string{"document-front", "document-back", "selfie"}
)

// shootUntilEnd sends a still and tells whether the phone's connection was ended; why is
// in the pair's end then.
func (p *pair) shootUntilEnd(step string) bool {
	p.b.t.Helper()
	_ = p.send(step) // it may have ended already
	for {
		ev, err := p.phone.Next(p.ctx)
		switch m := ev.Message.(type) {
		case protocol.StillResult:
			return !m.Accepted
		default:
			if err != nil || ev.Ended {
				p.end = fmt.Sprint(ev.Err)
				return ev.Code == protocol.CloseEnded
			}
		}
	}
}
