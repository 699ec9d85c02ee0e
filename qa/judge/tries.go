package judge

import (
	"bytes"
	"slices"
	"time"

	"visavis/protocol"
	"visavis/qa/proxy"
)

// answered looks at what the server says, and does to the client what networks and
// servers do.
func (j *Judge) answered(p *proxy.Passing, c *conn) {
	m, err := protocol.Decode(p.Data)
	if err != nil {
		return
	}
	if c.role == "phone" {
		j.phoneHeard(p, c, m)
	}
	// Every client has to live with what a later version says.
	switch m.MessageType() {
	case protocol.TypeWelcome, protocol.TypePairing, protocol.TypeInvitation, protocol.TypeProgress,
		protocol.TypeFrameResult:
		p.Data = append(bytes.TrimSuffix(p.Data, []byte("}")), `,"laterField":{"a":[1]}}`...)
	}
}

func (j *Judge) phoneHeard(p *proxy.Passing, c *conn, m protocol.Message) {
	ph := &j.phone
	switch m := m.(type) {
	case protocol.Invitation:
		c.invited = true
		p.After = append(p.After, []byte(`{"type":"later-message","anything":1}`))
		ph.strange = true
	case protocol.Welcome:
		j.welcomed(m)
	case protocol.Progress:
		ph.rev = max(ph.rev, m.Rev)
		j.showOld(p, m)
	case protocol.FrameResult:
		j.previewAnswered(p, m)
	case protocol.CaptureStill:
		ph.asked = &m
	case protocol.Challenge:
		next := m.Nonce
		if m.Done {
			next = ""
		}
		ph.nonceSent = ph.nonceSent && next == ph.nonce
		ph.nonce = next
	case protocol.PartAck:
		if ph.tearing && !ph.tore {
			ph.tore, ph.lostAt, p.Broken = true, p.At, true
		}
	case protocol.StillResult:
		ph.asked = nil
	}
}

func (j *Judge) welcomed(m protocol.Welcome) {
	ph := &j.phone
	if m.Progress != nil {
		ph.rev = max(ph.rev, m.Progress.Rev)
	}
	if m.DeviceSecret != "" {
		ph.secret = m.DeviceSecret
		if ph.strange {
			j.must("unknown-ignored", true, "")
		}
		return
	}
	ph.lostAt, ph.waiting = time.Time{}, 0
	ph.mustStart = true
	if still := m.Still; still != nil {
		ph.missing = []int{}
		for i := range still.Parts {
			if !slices.Contains(still.Received, i) {
				ph.missing = append(ph.missing, i)
			}
		}
	}
}

// showOld shows an old state once more, when the capture has gone on: a client that
// believed it would be back where it chose its document.
func (j *Judge) showOld(p *proxy.Passing, m protocol.Progress) {
	ph := &j.phone
	if m.State == protocol.StatePaired && ph.older == nil {
		ph.older = bytes.Clone(p.Data)
	}
	if m.State == protocol.StateCapturing && ph.older != nil && ph.results > 0 && len(ph.older) > 0 {
		p.After = append(p.After, ph.older)
		ph.older = []byte{}
	}
	if m.State == protocol.StateDone && ph.older != nil && len(ph.older) == 0 {
		j.must("old-progress-left", true, "")
	}
}

// previewAnswered asks the client to come back, once, after some previews.
func (j *Judge) previewAnswered(p *proxy.Passing, m protocol.FrameResult) {
	ph := &j.phone
	ph.results++
	if m.Seq == ph.waiting {
		ph.waiting = 0
	}
	if ph.results == 2 && ph.cut == 0 {
		ph.cut = 1
		p.Close = protocol.CloseGoingDown
		ph.lostAt = p.At
	}
}
