package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // the photo's format
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/image/draw"

	"visavis/devicekey"
	"visavis/protocol"
	"visavis/server/live"
)

// benchFrame is a JPEG of 1280×720, quality 80, made from the photo; drawn is true
// when there is none.
func benchFrame(photo string) (data []byte, drawn bool, err error) {
	canvas := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	f, err := os.Open(photo)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		drawn = true
		noise := rand.New(rand.NewPCG(1, 2))
		for y := range 720 {
			for x := range 1280 {
				v := uint8(x/8+y/8) + uint8(noise.IntN(24))
				canvas.Set(x, y, color.RGBA{v, v / 2, 255 - v, 255})
			}
		}
	case err != nil:
		return nil, false, err
	default:
		defer f.Close()
		src, _, err := image.Decode(f)
		if err != nil {
			return nil, false, err
		}
		draw.CatmullRom.Scale(canvas, canvas.Bounds(), src, src.Bounds(), draw.Src, nil)
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, canvas, &jpeg.Options{Quality: 80})
	return b.Bytes(), drawn, err
}

// block is how many frames go to one server before it is the other's turn, so that
// both see the same weather on the machine.
const block = 50

// measureWire sends the same frame to both servers, in turns, and compares the
// times until the answer.
func measureWire(ctx context.Context, frame []byte, n int, figures map[string]float64) error {
	ours, err := startChild(ctx, childFlags{kind: "server"})
	if err != nil {
		return err
	}
	defer ours.stop()
	naked, err := startChild(ctx, childFlags{kind: "bare"})
	if err != nil {
		return err
	}
	defer naked.stop()
	desktop, phone, err := pair(ctx, ours.url)
	if err != nil {
		return err
	}
	defer desktop.conn.CloseNow()
	defer phone.conn.CloseNow()
	desktop.keepReading(ctx, func() {})
	if err := phone.start(ctx); err != nil {
		return err
	}
	other, err := dial(ctx, naked.url, "/", "")
	if err != nil {
		return err
	}
	defer other.conn.CloseNow()
	// The bare server gets the same bytes, and checks no signature.
	other.key = phone.key
	if _, err := send(ctx, phone, frame, 2*block); err != nil { // both warm up
		return err
	}
	if _, err := send(ctx, other, frame, 2*block); err != nil {
		return err
	}
	var with, without []time.Duration
	for len(with) < n {
		for _, side := range []struct {
			p    *party
			into *[]time.Duration
		}{{phone, &with}, {other, &without}} {
			took, err := send(ctx, side.p, frame, block)
			if err != nil {
				return err
			}
			*side.into = append(*side.into, took...)
		}
	}
	for name, q := range map[string]float64{"": 0.5, "_p95": 0.95} {
		a, b := quantile(with, q), quantile(without, q)
		figures["frame_roundtrip"+name+"_ms"] = a
		figures["bare_roundtrip"+name+"_ms"] = b
		figures["wire_ratio"+name] = a / b
	}
	return nil
}

// start chooses a document and opens the camera.
func (p *party) start(ctx context.Context) error {
	for _, m := range []protocol.Message{protocol.ChooseDocument{Document: "identity-card"}, protocol.Start{}} {
		if err := p.send(ctx, m); err != nil {
			return err
		}
	}
	return p.until(ctx, func(m protocol.Message) bool {
		progress, ok := m.(protocol.Progress)
		return ok && progress.State == protocol.StateCapturing
	})
}

// pack makes a binary message, signed where the party has a key.
func (p *party) pack(f protocol.Frame) ([]byte, error) {
	if p.key != nil {
		head, data, err := f.Signed()
		if err != nil {
			return nil, err
		}
		if f.Signature, err = devicekey.Sign(p.key, devicekey.Frame, head, data); err != nil {
			return nil, err
		}
	}
	return protocol.PackFrame(f)
}

// send sends n frames, each after the answer to the one before, and returns the
// times.
func send(ctx context.Context, p *party, jpeg []byte, n int) ([]time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for i := range n {
		b, err := p.pack(protocol.Frame{
			Kind: protocol.Preview, Step: "document-front", Seq: uint32(i), CapturedAt: time.Now(), Parts: 1, Data: jpeg,
		})
		if err != nil {
			return nil, err
		}
		started := time.Now()
		if err := p.conn.Write(ctx, websocket.MessageBinary, b); err != nil {
			return nil, err
		}
		var answer []byte
		for answered := false; !answered; {
			if _, answer, err = p.conn.Read(ctx); err != nil {
				return nil, err
			}
			// Progress may come between; the bare server's answer is no JSON.
			answered = !bytes.HasPrefix(answer, []byte(`{`)) || bytes.HasPrefix(answer, []byte(`{"type":"frame-result"`))
		}
		took = append(took, time.Since(started))
		if bytes.Contains(answer, []byte(`"status":"`+live.StatusRefused+`"`)) {
			return nil, fmt.Errorf("frame %d was not judged: %s", i, answer)
		}
	}
	return took, nil
}

// quantile is in milliseconds.
func quantile(d []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(d))
	return float64(sorted[int(q*float64(len(sorted)-1))]) / float64(time.Millisecond)
}
