package live

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/pairing"
	"visavis/protocol"
)

// storedRecord is a capture in the middle, as the store holds it.
func storedRecord(f *testing.F, challenge bool) []byte {
	f.Helper()
	flow, err := capture.NewFlow(capture.IdentityCard, capture.FlowOptions{
		Challenge: challenge, Intn: func(int) int { return 0 }})
	if err != nil {
		f.Fatal(err)
	}
	m, err := capturetest.GoodAnalysis(f.Context(),
		capture.Frame{Step: capture.DocumentFront, Document: capture.IdentityCard, Width: 960, Height: 720})
	if err != nil {
		f.Fatal(err)
	}
	flow.Still(m, [32]byte{1}, true, time.Unix(1_800_000_000, 0))
	b, err := json.Marshal(&captureState{Document: capture.IdentityCard, Started: true, Flow: &flow,
		Upload: &upload{Step: "document-front", Seq: 1, Parts: 3}})
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// FuzzStoredRecord reads what a store may return, of another version or damaged:
// either it is refused, or everything that is done with a record can be done, and
// it is stored again as it was read.
func FuzzStoredRecord(f *testing.F) {
	for _, challenge := range []bool{false, true} {
		f.Add(storedRecord(f, challenge))
	}
	f.Add([]byte(`null`))
	f.Add([]byte(`{"flow":{"steps":[{"step":"selfie","phase":"gesture","moves":{"gestures":[]}}]}}`))
	f.Add([]byte(`{"document":"passport","flow":{"document":"passport","steps":[{"step":"document-front","phase":"tilt"}]},"tooMany":true}`))
	f.Add([]byte(`{"flow":{"steps":[]},"upload":{"parts":-1}}`))
	f.Fuzz(func(t *testing.T, stored []byte) {
		r, err := decodeState(stored)
		if err != nil || r == nil {
			return
		}
		sess := pairing.Session{State: pairing.Paired, Flow: stored}
		for _, role := range []string{RoleDesktop, RolePhone} {
			if _, err := protocol.Encode(ProgressOf(sess, role, time.Unix(1_800_000_000, 0))); err != nil {
				t.Fatalf("progress: %v", err)
			}
		}
		kept, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("store again: %v", err)
		}
		again, err := decodeState(kept)
		if err != nil {
			t.Fatalf("what was stored is refused: %v", err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(kept, twice) {
			t.Fatalf("stored again it is another: %s, then %s (%v)", kept, twice, err)
		}
		if r.Flow == nil {
			return
		}
		if r.Upload != nil {
			partRefused(r, protocol.Frame{Step: r.Upload.Step, Seq: r.Upload.Seq, Parts: r.Upload.Parts})
		}
		if c := r.Flow.Asked(); c != nil {
			if _, err := protocol.Encode(wireChallenge(*c)); err != nil {
				t.Fatalf("challenge: %v", err)
			}
		}
		for _, step := range []capture.Step{capture.DocumentFront, capture.DocumentBack, capture.Selfie} {
			m, err := capturetest.GoodAnalysis(t.Context(),
				capture.Frame{Step: step, Document: r.Document, Width: 960, Height: 720})
			if err != nil {
				t.Fatal(err)
			}
			r.Flow.Preview(m, time.Unix(1_800_000_010, 0))
			r.Flow.Still(m, [32]byte{2}, false, time.Unix(1_800_000_011, 0))
			_, _ = r.Flow.Skip("gesture") // not now is an answer too
			_, _ = r.Flow.Retake(step)
		}
	})
}

// FuzzPartsOfAStill sends the parts of a picture in any order and number, some
// twice and some never: it is assembled when every part is there, to the same
// bytes, and not before.
func FuzzPartsOfAStill(f *testing.F) {
	f.Add(uint8(3), []byte{0, 1, 2}, []byte("a picture in three parts"))
	f.Add(uint8(3), []byte{2, 2, 0}, []byte("one is missing"))
	f.Add(uint8(1), []byte{0}, []byte("x"))
	f.Add(uint8(5), []byte{4, 3, 2, 1, 0, 0, 9}, []byte("backwards"))
	f.Add(uint8(0), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, parts uint8, order, picture []byte) {
		n := int(parts)%MaxParts + 1
		if len(picture) < n {
			return // a part has a byte at least
		}
		store := pairing.NewMemory(pairing.MemoryLimits{})
		defer store.Close()
		service, err := pairing.NewService(store, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		sess, _, err := service.Open(t.Context(), pairing.OpenRequest{})
		if err != nil {
			t.Fatal(err)
		}
		u := &upload{Step: "selfie", Seq: 1, Parts: n}
		c := &capturing{plane: &Plane{Deps: Deps{Service: service}}, id: sess.ID}
		cut := func(i int) []byte { return picture[i*len(picture)/n : (i+1)*len(picture)/n] }
		sent := map[int]bool{}
		for _, o := range order {
			i := int(o) % n
			if err := service.PutPart(t.Context(), sess.ID, u.name(), i, cut(i), capture.MaxStillBytes); err != nil {
				t.Fatal(err)
			}
			sent[i] = true
		}
		jpeg, whole, err := c.assemble(t.Context(), u)
		if err != nil || whole != (len(sent) == n) {
			t.Fatalf("%d of %d parts: whole %v, error %v", len(sent), n, whole, err)
		}
		if whole && !bytes.Equal(jpeg, picture) {
			t.Fatalf("%d bytes came out of %d", len(jpeg), len(picture))
		}
	})
}
