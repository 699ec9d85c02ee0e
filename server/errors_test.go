package server

import (
	"fmt"
	"testing"

	"visavis/pairing"
	"visavis/protocol"
	"visavis/server/live"
)

func TestAStoreThatIsFullOrSilentIsUnavailable(t *testing.T) {
	for _, err := range []error{pairing.ErrFull, pairing.ErrUnavailable, pairing.ErrConflict} {
		answer, end := live.AnswerTo(fmt.Errorf("open session: %w", err), live.RoleDesktop)
		if answer.Code != protocol.CodeUnavailable || end != nil || statusOf(answer.Code) != 503 {
			t.Errorf("%v: code %s, status %d, ending %v; want unavailable, 503 and none", err, answer.Code,
				statusOf(answer.Code), end)
		}
	}
}
