package server

import (
	"fmt"
	"testing"

	"visavis/pairing"
	"visavis/protocol"
)

func TestAStoreThatIsFullOrSilentIsUnavailable(t *testing.T) {
	for _, err := range []error{pairing.ErrFull, pairing.ErrUnavailable, pairing.ErrConflict} {
		answer, end := AnswerTo(fmt.Errorf("open session: %w", err), RoleDesktop)
		if answer.Code != protocol.CodeUnavailable || end != nil || statusOf(answer.Code) != 503 {
			t.Errorf("%v: code %s, status %d, ending %v; want unavailable, 503 and none", err, answer.Code, statusOf(answer.Code), end)
		}
	}
}
