package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"visavis/client"
	"visavis/protocol"
)

// config is a party's own: its line, and how it connects.
func (p *player) config(line *network, noSocket *bool) client.Config {
	cfg := p.options.Client
	cfg.Dial = line.dial
	if at, ok := loopbackOf(cfg.Server, p.options.Number); ok && p.options.Number > 0 {
		line.move(at)
	}
	if noSocket != nil {
		cfg.NoSocket = *noSocket
	}
	return cfg
}

func (p *player) open(ctx context.Context, s *OpenStep) error {
	if p.party(s.As) != nil {
		return fmt.Errorf("%s is open already", s.As)
	}
	line := newNetwork(p.scenario.Seed)
	cfg := p.config(line, s.NoSocket)
	cfg.Poll = s.Poll
	if s.Language != "" {
		cfg.Language = s.Language
	}
	if s.TabOf != "" {
		other := p.party(s.TabOf)
		if other == nil || other.desktop == nil {
			return fmt.Errorf("tabOf %q: no such desktop is open", s.TabOf)
		}
		cfg.Cookies = append(slices.Clone(cfg.Cookies), other.desktop.Cookies()...)
	}
	d, err := client.OpenDesktop(ctx, cfg)
	if refused, ok := errors.AsType[*client.HTTPError](err); ok && s.Refused != "" {
		if refused.Answer.Code != s.Refused {
			return fmt.Errorf("refused with %s, want %s", refused.Answer.Code, s.Refused)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if s.Refused != "" {
		d.Close()
		return fmt.Errorf("a session was opened, want the refusal %s", s.Refused)
	}
	who := newParty(ctx, s.As, d.Next, p.arrived)
	who.desktop, who.line = d, line
	p.enter(who)
	return nil
}

func (p *player) claim(ctx context.Context, s *ClaimStep) error {
	link, err := p.linkOf(ctx, s)
	if err != nil {
		return err
	}
	line := newNetwork(p.scenario.Seed + 1)
	cfg := p.config(line, s.NoSocket)
	if s.NoBeat {
		cfg.BeatEvery = -1
	}
	cfg.NoHello = s.Silent
	if s.PageOf != "" {
		if cfg.Device = deviceSecret(p.party(s.PageOf)); cfg.Device == "" {
			return fmt.Errorf("pageOf %q: no such phone has claimed", s.PageOf)
		}
	}
	phone, err := client.NewPhone(cfg, link)
	if err != nil {
		return err
	}
	who := newParty(ctx, s.Phone, phone.Next, p.arrived)
	who.phone, who.line, who.link, who.from = phone, line, link, s.From
	desktop := p.party(s.From)
	if desktop != nil {
		who.joined = desktop.count()
	}
	p.enter(who)
	if err := phone.Open(ctx); err != nil {
		return err
	}
	if s.Silent || s.PageOf != "" {
		return nil
	}
	answer, err := seenBy(ctx, who, 0, "neither invitation nor refusal", func(e client.Event) bool {
		k := kind(e)
		return k == string(protocol.TypeInvitation) || k == string(protocol.TypeError) || k == closedName
	})
	if err != nil {
		return err
	}
	_, invited := answer.Message.(protocol.Invitation)
	switch {
	case invited && s.Refused:
		return errors.New("an invitation came, but a refusal was expected")
	case !invited && !s.Refused:
		return fmt.Errorf("no invitation: %s%s", kind(answer), describe(answer))
	case s.Refused || s.HelloOnly:
		return nil
	}
	p.mu.Lock()
	p.claimed = append(p.claimed, desktopLink(desktop))
	p.mu.Unlock()
	claim := protocol.Claim{Device: "qa"}
	if s.SameDevice {
		claim.SameDevice = desktop.desktop.Pairing().SameDevice
	}
	p.run.said(who, "claim")
	return phone.Send(ctx, claim)
}

// deviceSecret is what a phone was given at its claim; empty before it.
func deviceSecret(phone *party) (secret string) {
	if phone == nil {
		return ""
	}
	events, _ := phone.since(0)
	for _, e := range events {
		if m, ok := e.Message.(protocol.Welcome); ok && m.DeviceSecret != "" {
			secret = m.DeviceSecret
		}
	}
	return secret
}

func (p *player) isClaimed(url string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.claimed, url)
}

// desktopLink is the link that a desktop shows; empty without one.
func desktopLink(desktop *party) string {
	if desktop == nil || desktop.desktop == nil {
		return ""
	}
	return desktop.desktop.Pairing().URL
}

// linkOf is what a phone follows: what its other page followed, or the newest link.
func (p *player) linkOf(ctx context.Context, s *ClaimStep) (string, error) {
	if other := p.party(s.PageOf); other != nil {
		return other.link, nil
	}
	return p.newestLink(ctx, s)
}

// newestLink waits until the desktop shows a code, and returns its link or typed
// code.
func (p *player) newestLink(ctx context.Context, s *ClaimStep) (string, error) {
	if s.Code != "" {
		return fmt.Sprint(p.filled(s.Code)), nil
	}
	if s.Screenshot != "" {
		return readQRFile(fmt.Sprint(p.filled(s.Screenshot)))
	}
	p.mu.Lock()
	first := p.link
	p.mu.Unlock()
	if s.Old && first != "" {
		return first, nil
	}
	desktop := p.party(s.From)
	if desktop == nil || desktop.desktop == nil {
		return "", fmt.Errorf("the desktop %q is not open", s.From)
	}
	// A code that was claimed is dead: the next one is on its way.
	oldest, err := seenBy(ctx, desktop, 0, "the desktop shows no code that was not claimed", func(e client.Event) bool {
		m, ok := e.Message.(protocol.Pairing)
		return ok && (s.Old || !p.isClaimed(m.URL))
	})
	if err != nil {
		return "", err
	}
	shown := desktop.desktop.Pairing()
	if s.Old {
		shown, _ = oldest.Message.(protocol.Pairing)
	}
	if first == "" {
		p.mu.Lock()
		p.link = shown.URL
		p.mu.Unlock()
	}
	switch s.By {
	case "typed":
		return shown.TypedCode, nil
	case "qr":
		link, err := readQR(shown.QR)
		if err != nil {
			return "", err
		}
		if link != shown.URL {
			return "", fmt.Errorf("the QR holds %s…, and not the link", strings.SplitN(link, "#", 2)[0])
		}
		return link, nil
	}
	return shown.URL, nil
}

// choose picks the comparison code or the document.
func (p *player) choose(ctx context.Context, s *ChooseStep) error {
	if s.Document != "" {
		p.choseDocument(s.Document)
		return p.say(ctx, s.Phone, protocol.ChooseDocument{Document: s.Document})
	}
	phone := p.party(s.Phone)
	if phone == nil || phone.phone == nil {
		return errors.New("claim comes first")
	}
	desktop := p.party(phone.from)
	if desktop == nil {
		return fmt.Errorf("the desktop %q is not open", phone.from)
	}
	// Only a code shown since this phone joined is its own.
	var right string
	if _, err := seenBy(ctx, desktop, phone.joined, "the desktop shows no comparison code", func(e client.Event) bool {
		right = shownCode(e.Message)
		return right != ""
	}); err != nil {
		return fmt.Errorf("%w%s", err, lastError(phone))
	}
	if s.Code == "right" {
		return p.say(ctx, s.Phone, protocol.ChooseCode{Code: right})
	}
	return p.say(ctx, s.Phone, protocol.ChooseCode{Code: otherCode(right)})
}

// lastError is what a party was last refused with, for the message of a step that waits
// in vain; empty when it was not.
func lastError(who *party) string {
	events, _ := who.since(0)
	for _, e := range slices.Backward(events) {
		if m, ok := e.Message.(protocol.Error); ok {
			return fmt.Sprintf("; %s was told %s: %s", who.name, m.Code, m.Text)
		}
	}
	return ""
}

// otherCode is a code that is not the right one.
func otherCode(right string) string {
	last := right[len(right)-1]
	return right[:len(right)-1] + string('0'+(last-'0'+1)%10)
}

// choseDocument notes which document is drawn from now on.
func (p *player) choseDocument(kind string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.chosen != kind {
		p.chosen, p.document = kind, nil
		for key := range p.sources {
			if !strings.HasPrefix(key, "face ") {
				delete(p.sources, key)
			}
		}
	}
}

// shownCode is the comparison code that a message of the desktop carries.
func shownCode(m protocol.Message) string {
	switch m := m.(type) {
	case protocol.Progress:
		return m.Code
	case protocol.Welcome:
		if m.Progress != nil {
			return m.Progress.Code
		}
	}
	return ""
}
