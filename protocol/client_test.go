package protocol

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

func TestEndsAndRevsOfMessages(t *testing.T) {
	done := Progress{Rev: 7, State: StateDone}
	for _, c := range []struct {
		name string
		m    Message
		end  CloseCode
		rev  int64
	}{
		{"done", done, 1000, 7},
		{"a welcome to what is done", Welcome{Progress: &done}, 1000, 7},
		{"ended", Progress{Rev: 8, State: StateEnded}, CloseEnded, 8},
		{"capturing", Progress{Rev: 9, State: StateCapturing}, 0, 9},
		{"a first welcome", Welcome{}, 0, 0},
		{"an enrolment", Enrolment{View: json.RawMessage(`{"rev":4}`)}, 0, 4},
		{"an enrolment that cannot be read", Enrolment{View: json.RawMessage(`[]`)}, 0, 0},
		{"a pairing", Pairing{}, 0, 0},
	} {
		if end, rev := EndOf(c.m), RevOf(c.m); end != c.end || rev != c.rev {
			t.Errorf("%s: end %d and rev %d, want %d and %d", c.name, end, rev, c.end, c.rev)
		}
	}
	for code, want := range map[string]CloseCode{
		CodeInvalidToken: CloseInvalidToken, CodeSessionMissing: CloseNoSession, CodeNoEnrolment: CloseNoEnrolment,
		CodeRateLimited: 0,
	} {
		if got := (Error{Code: code}).End(); got != want {
			t.Errorf("refused with %s: %d, want %d", code, got, want)
		}
	}
	for code, want := range map[CloseCode]bool{
		0: false, 1000: true, 1001: false, 1009: true, 4003: false, 4499: false, 4500: true, 4510: true,
	} {
		if got := code.Final(); got != want {
			t.Errorf("%d is final: %v, want %v", code, got, want)
		}
	}
}

func TestAPictureIsSplitIntoParts(t *testing.T) {
	picture := []byte("0123456789")
	for size, want := range map[int][]int{0: {10}, 3: {3, 3, 3, 1}, 5: {5, 5}, 10: {10}, 99: {10}} {
		parts := Frame{Step: "selfie", Seq: 3, Data: picture}.Split(size)
		var sizes []int
		var all []byte
		for i, p := range parts {
			sizes, all = append(sizes, len(p.Data)), append(all, p.Data...)
			if p.Part != i || p.Parts != len(parts) || p.Kind != Still || p.Step != "selfie" || p.Seq != 3 {
				t.Errorf("parts of %d: %+v", size, p)
			}
		}
		if !slices.Equal(sizes, want) || !bytes.Equal(all, picture) {
			t.Errorf("parts of %d: %v, want %v", size, sizes, want)
		}
	}
	if none := (Frame{}).Split(100); len(none) != 1 || none[0].Parts != 1 {
		t.Errorf("of nothing: %+v, want one empty part", none)
	}
}
