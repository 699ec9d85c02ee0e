package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"visavis/client"
	"visavis/protocol"
)

func (p *player) claim(ctx context.Context, s *ClaimStep) error {
	link, err := p.newestLink(ctx, s)
	if err != nil {
		return err
	}
	if old := p.parties[s.Phone]; old != nil {
		old.close()
	}
	phone, err := client.NewPhone(p.options.Client, link)
	if err != nil {
		return err
	}
	who := newParty(ctx, s.Phone, phone.Next, p.arrived)
	who.phone, who.link = phone, link
	who.joined = p.parties[desktopName].count()
	p.parties[s.Phone] = who
	if err := phone.Open(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errors.New("neither invitation nor refusal within 10s"))
	defer cancel()
	answer, _, err := who.find(limited, 0, func(e client.Event) bool {
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
	case s.Refused:
		return nil
	}
	return phone.Send(ctx, protocol.Claim{Device: "qa"})
}

// newestLink waits until the desktop shows a code, and returns its link or typed
// code.
func (p *player) newestLink(ctx context.Context, s *ClaimStep) (string, error) {
	if s.Old {
		if p.link == "" {
			return "", errors.New("nothing was claimed before")
		}
		return p.link, nil
	}
	desktop := p.parties[desktopName]
	if desktop == nil {
		return "", errors.New("the desktop is not open")
	}
	limited, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errors.New("the desktop shows no code within 10s"))
	defer cancel()
	if _, _, err := desktop.find(limited, 0, func(e client.Event) bool { return kind(e) == string(protocol.TypePairing) }); err != nil {
		return "", err
	}
	shown := desktop.desktop.Pairing()
	p.link = shown.URL
	if s.By == "typed" {
		return shown.TypedCode, nil
	}
	return shown.URL, nil
}

// choose picks the comparison code or the document.
func (p *player) choose(ctx context.Context, s *ChooseStep) error {
	if s.Document != "" {
		return p.say(ctx, s.Phone, protocol.ChooseDocument{Document: s.Document})
	}
	phone, desktop := p.parties[s.Phone], p.parties[desktopName]
	if phone == nil || desktop == nil {
		return errors.New("open and claim come first")
	}
	limited, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errors.New("no comparison code within 10s"))
	defer cancel()
	var choices []string
	if _, _, err := phone.find(limited, 0, func(e client.Event) bool {
		welcome, ok := e.Message.(protocol.Welcome)
		choices = welcome.Choices
		return ok && len(choices) > 0
	}); err != nil {
		return err
	}
	// Only a code shown since this phone joined is its own: one of an earlier claim
	// may be among the choices by chance.
	var right string
	if _, _, err := desktop.find(limited, phone.joined, func(e client.Event) bool {
		right = shownCode(e.Message)
		return slices.Contains(choices, right)
	}); err != nil {
		return err
	}
	for _, choice := range choices {
		if (choice == right) == (s.Code == "right") {
			return phone.phone.Send(ctx, protocol.ChooseCode{Code: choice})
		}
	}
	return fmt.Errorf("the desktop shows %q, the phone offers %q", right, choices)
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
