package live

import (
	"bytes"
	"context"
	"encoding/hex"
	"time"

	"visavis/capture"
	"visavis/protocol"
)

// presence is what a capture remembers of its gestures, in memory only.
type presence struct {
	frame    []byte                     // newest counted frame, for the comparison with the still
	noted    int                        // moments stored so far
	shared   map[string]map[string]bool // by other session: keys of moments that it showed before
	replayed bool                       // the person was told; each further frame is a doubt
}

// tried restarts the search for a recording, after the person was told.
func (p *presence) tried() { p.shared, p.replayed = nil, false }

// notedMoments bounds the moments stored of one capture: a replayed recording shows
// enough of them.
const notedMoments = 8

// recorded reports whether another session showed a frame of the gestures: the same
// bytes, or several of its moments in a row. It does nothing without challenges, since
// test cameras repeat the same frames. The caller holds the turn.
func (c *capturing) recorded(ctx context.Context, r *captureState, f protocol.Frame,
	m capture.Measurements) (bool, error) {
	asked := r.Flow.Asked()
	if !c.plane.Challenge || asked == nil || asked.Kind != capture.PhaseGesture || f.Nonce != asked.Nonce ||
		m.Face == nil || m.Face.Count != 1 {
		return false, nil
	}
	p := &c.presence
	if p.replayed || r.Flow.Telling() {
		return p.replayed, nil
	}
	sum := sumOf(f.Data)
	exact := "frame:" + hex.EncodeToString(sum[:])
	remember := p.noted < notedMoments
	other, key, err := c.plane.Service.Seen(ctx, c.id, remember,
		append([]string{exact}, capture.ReplayKeys(m.Face.Print)...)...)
	if err != nil {
		return false, err
	}
	if other == "" {
		if remember {
			p.noted++
		}
		p.frame = bytes.Clone(f.Data)
		return false, nil
	}
	if p.shared == nil {
		p.shared = map[string]map[string]bool{}
	}
	if p.shared[other] == nil {
		p.shared[other] = map[string]bool{}
	}
	p.shared[other][key] = true
	p.replayed = key == exact || len(p.shared[other]) >= capture.ReplayFrames
	if p.replayed {
		p.frame = bytes.Clone(f.Data)
		c.plane.Logger.WarnContext(ctx, "gestures of another session shown again", "session", c.reference())
	}
	return p.replayed, nil
}

// shownBefore reports whether another session sent the same still.
func (c *capturing) shownBefore(ctx context.Context, sum [32]byte) (bool, error) {
	if !c.plane.Challenge {
		return false, nil
	}
	other, _, err := c.plane.Service.Seen(ctx, c.id, true, "still:"+hex.EncodeToString(sum[:]))
	return other != "", err
}

// compareFaces compares the face of the gestures with the still's. If it cannot compare,
// there is no doubt.
func (c *capturing) compareFaces(ctx context.Context, step string, still []byte) (score float64, known bool) {
	frame := c.presence.frame
	if c.plane.CompareFaces == nil || frame == nil || step != string(capture.Selfie) {
		return 0, false
	}
	started := time.Now()
	score, found, err := c.plane.CompareFaces(ctx, frame, still)
	if err != nil {
		c.plane.Logger.WarnContext(ctx, "faces not compared", "session", c.reference(), "err", err, "after",
			time.Since(started))
		return 0, false
	}
	return score, found
}
