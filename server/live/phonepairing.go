package live

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"visavis/capture"
	"visavis/devicekey"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/words"
)

// stranger answers a phone that was invited and has not claimed: it may only say not-me.
func (t *PhoneTalk) stranger(ctx context.Context, m protocol.Message) error {
	switch m.(type) {
	case protocol.Beat, protocol.Presence:
		return nil
	case protocol.NotMe, protocol.Bye:
		if t.ticket == (pairing.Ticket{}) {
			return Refuse(protocol.CodeNotAllowed, "say hello first")
		}
		if _, ok := m.(protocol.Bye); ok { // this phone goes; another may use the code
			t.out.Close(&Ending{Code: protocol.CloseEnded, Reason: protocol.ReasonCancelledPhone})
			return nil
		}
		sess, err := t.plane.Service.Invite(ctx, t.ticket)
		if err != nil {
			return err
		}
		if sess, err = t.plane.Service.NotMe(ctx, sess.ID); err == nil {
			t.out.Close(endingOf(sess))
		}
		return err
	}
	return Refuse(protocol.CodeNotAllowed, "claim first")
}

// hello starts: with a ticket it answers with the invitation, with a device secret it
// resumes.
func (t *PhoneTalk) hello(ctx context.Context, m protocol.Hello) error {
	if t.cap != nil && pairing.Token(m.DeviceSecret) != t.secret {
		return Refuse(protocol.CodeNotAllowed, "this connection has its session")
	}
	if m.DeviceSecret != "" {
		return t.resume(ctx, pairing.Token(m.DeviceSecret), proofOf(m.Proof))
	}
	t.ticket = pairing.Ticket{Token: pairing.Token(m.Token), Code: pairing.Token(m.Code), Address: t.caller.Addr}
	sess, err := t.plane.Service.Invite(ctx, t.ticket)
	if err != nil {
		return t.tellSecond(ctx, err)
	}
	if t.caller.Invited != nil {
		t.caller.Invited()
	}
	site, logo := t.plane.asker(ctx, sess.Subject)
	t.out.Put(protocol.Invitation{
		Site: site, Logo: logo, Desktop: sess.DesktopName, Place: sess.DesktopPlace,
		OpenedAt: sess.CreatedAt.UnixMilli(), Language: sess.Language,
	})
	return nil
}

// claim takes the session for this phone.
func (t *PhoneTalk) claim(ctx context.Context, m protocol.Claim) error {
	if t.cap != nil {
		return Refuse(protocol.CodeNotAllowed, "claimed already")
	}
	ticket := t.ticket
	if m.Token != "" || m.Code != "" {
		ticket = pairing.Ticket{Token: pairing.Token(m.Token), Code: pairing.Token(m.Code), Address: t.caller.Addr}
	}
	if ticket.Token == "" && ticket.Code == "" {
		return Refuse(protocol.CodeNotAllowed, "say hello first")
	}
	name := AgentName(t.caller.Agent, true)
	if model := cleanName(m.Device); model != "" {
		name = strings.TrimSuffix(model+", "+firstMatch(t.caller.Agent, browsers), ", ")
	}
	sess, secret, err := t.plane.Service.Claim(ctx, ticket, pairing.ClaimRequest{
		PhoneName: name, SameDevice: pairing.Token(m.SameDevice), Conn: t.caller.Conn, Key: pairing.Token(m.Key),
		SigningKey: m.SigningKey, Proof: proofOf(m.Proof),
	})
	switch {
	case errors.Is(err, devicekey.ErrKey), errors.Is(err, devicekey.ErrSignature):
		return Refuse(protocol.CodeBadMessage, "claim: "+err.Error())
	case err != nil:
		return t.tellSecond(ctx, err)
	}
	t.plane.Logger.InfoContext(ctx, "session claimed", "session", sess.Reference)
	t.plane.joined(ctx, sess.Subject, AgentName(t.caller.Agent, true))
	return t.attach(ctx, sess, secret, true)
}

// proofOf converts a message's proof. Without one, or one that is no base64url, it proves
// nothing.
func proofOf(p *protocol.Proof) devicekey.Proof {
	if p == nil {
		return devicekey.Proof{}
	}
	return devicekey.Proof{Count: p.Count, Signature: signatureOf(p.Signature)}
}

// PostedProof reads the proof of a posted text: its count, a point, and the signature. Of what is
// none it proves nothing.
func PostedProof(text string) devicekey.Proof {
	written, signature, _ := strings.Cut(text, ".")
	count, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		return devicekey.Proof{}
	}
	return devicekey.Proof{Count: count, Signature: signatureOf(signature)}
}

// signatureOf reads a signature's text. It is empty if it is no base64url.
func signatureOf(text string) []byte {
	signature, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return signature
}

// unsigned tells the desktop that a device secret was used without the signing key of its
// claim: somebody else has it.
func (t *PhoneTalk) unsigned(ctx context.Context, id string) {
	t.plane.Logger.WarnContext(ctx, "device secret without its signing key refused", "network", t.caller.Network)
	t.secondPhone(ctx, id)
}

// resume continues where the phone with this secret was.
func (t *PhoneTalk) resume(ctx context.Context, secret pairing.Token, proof devicekey.Proof) error {
	sess, err := t.plane.Service.Resume(ctx, secret, t.caller.Conn, proof)
	if errors.Is(err, pairing.ErrUnsigned) {
		t.unsigned(ctx, sess.ID)
	}
	if err != nil {
		return err
	}
	if sess, err = t.seen(ctx, sess); err != nil {
		return err
	}
	return t.attach(ctx, sess, secret, false)
}

// attach binds this conversation to its session and sends the welcome. The record is
// noted before events are delivered, so that an older event ends nothing.
func (t *PhoneTalk) attach(ctx context.Context, sess pairing.Session, secret pairing.Token, claimed bool) error {
	t.secret, t.key = secret, sess.SigningKey
	var lost error
	if t.cap == nil {
		t.cap = t.plane.captures.use(sess)
		known := sess // a copy that is shared from now on and never written
		t.note(&known)
		sess, lost = t.subscribe(ctx, sess)
	}
	t.plane.captures.hear(t.cap)
	// An error is only logged: the next heartbeat follows in 4 s.
	t.plane.check(ctx, "beat", func() error { return t.plane.Service.Beat(ctx, sess.ID) })
	t.note(&sess)
	progress := ProgressOf(sess, RolePhone, t.plane.now())
	site, _ := t.plane.asker(ctx, sess.Subject)
	welcome := protocol.Welcome{
		Role: RolePhone, Site: site,
		ServerTime: t.plane.now().UnixMilli(), Progress: &progress, Challenge: t.plane.Challenge,
		Signed: t.key != "",
	}
	if claimed {
		welcome.DeviceSecret = string(secret)
	} else {
		welcome.Still = t.unfinished(ctx, sess)
	}
	t.out.Put(welcome)
	t.told = sess.Rev
	if lost != nil { // the phone has its secret by now and reconnects with it
		return &Ending{Code: protocol.CloseGoingDown, Reason: "try again", Cause: lost}
	}
	if t.deliver != nil {
		t.deliver()
		t.deliver = nil
	}
	if end := t.endingOf(sess); end != nil {
		t.out.Close(end)
		return nil
	}
	if r, err := decodeState(sess.Flow); err == nil && sess.State == pairing.Paired && !sess.Finished {
		t.cap.arm(r)
	}
	return t.cap.finishLeft(ctx, sess)
}

// subscribe follows the session and then loads it again, so that no event is missed. If
// that fails, the known record serves.
func (t *PhoneTalk) subscribe(ctx context.Context, sess pairing.Session) (pairing.Session, error) {
	if t.caller.Follow == nil {
		return sess, nil
	}
	t.cap.phone.Store(t.out)
	deliver, err := t.caller.Follow(ctx, sess.ID)
	if err != nil {
		return sess, err
	}
	t.deliver = deliver
	fresh, err := t.plane.Service.Load(ctx, sess.ID)
	if err != nil {
		return sess, err
	}
	return fresh, nil
}

// unfinished returns the received parts of an unfinished upload.
func (t *PhoneTalk) unfinished(ctx context.Context, sess pairing.Session) *protocol.StillParts {
	r, err := decodeState(sess.Flow)
	if err != nil || r == nil || r.Upload == nil || r.Flow == nil {
		return nil
	}
	if step, phase, open := r.Flow.Current(); !open || string(step) != r.Upload.Step ||
		(phase != capture.PhaseStill && !r.Upload.Manual) {
		return nil
	}
	parts, err := t.plane.Service.Parts(ctx, sess.ID, r.Upload.name())
	if err != nil || len(parts) == r.Upload.Parts {
		return nil
	}
	return &protocol.StillParts{Step: r.Upload.Step, Seq: r.Upload.Seq, Parts: r.Upload.Parts, Received: sortedKeys(parts)}
}

// chooseCode answers the comparison. A wrong code ends with this phone's last progress. A
// malformed code does not count as an attempt.
func (t *PhoneTalk) chooseCode(ctx context.Context, typed string) error {
	code := words.Digits(typed)
	if len(code) != 2 {
		return Refuse(protocol.CodeBadMessage, "want two digits")
	}
	sess, err := t.plane.Service.ChooseCode(ctx, t.cap.id, t.secret, code)
	if errors.Is(err, pairing.ErrWrongCode) {
		t.plane.Logger.InfoContext(ctx, "wrong comparison code", "session", sess.Reference)
		t.out.Put(ProgressOf(sess, RolePhone, t.plane.now()))
	}
	return t.cap.saw(sess, err)
}
