package enrolments

import (
	"errors"
	"net/netip"
	"time"

	"visavis/enrolment"
	"visavis/limits"
	"visavis/server"
)

// textLink answers who has the capture's link sent to their mobile number.
func (p *Plane) textLink(h server.Host) handler {
	return func(r *request) (any, error) {
		e, err := p.journey.TextLink(r.Context(), r.who.Subject, r.id(), func() error {
			return p.admitText(h.Network(r.Request).Addr())
		})
		return p.after(r, e, err)
	}
}

// admitText counts a text message that a network asks for. *enrolment.LimitError if there
// were too many.
func (p *Plane) admitText(from netip.Addr) error {
	err := p.texts.TakeBoth(from, limits.SMSNetwork, 1, limits.SMSTotal, 1)
	if refused, ok := errors.AsType[*limits.Refused](err); ok {
		return &enrolment.LimitError{What: "sms", Limit: refused.Limit.Number(), Next: time.Now().Add(refused.RetryAfter)}
	}
	return err
}
