package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"visavis/protocol"
)

// An operator is told of the server's faults, not of clients that go away.
func TestLogFaultTellsFaultsAlone(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		away bool
		err  error
		code string
		told bool
	}{
		{"a fault", false, errors.New("broken"), protocol.CodeInternal, true},
		{"a store that does not answer", false, context.DeadlineExceeded, protocol.CodeUnavailable, true},
		{"a store that gave up by itself", false, context.Canceled, protocol.CodeUnavailable, true},
		{"a fault while the client went away", true, errors.New("broken"), protocol.CodeInternal, true},
		{"a client that went away", true, fmt.Errorf("load: %w", context.Canceled), protocol.CodeUnavailable, false},
		{"a client's error", false, errors.New("no JSON"), protocol.CodeBadMessage, false},
	} {
		ctx := t.Context()
		if c.away {
			ctx = gone
		}
		var out bytes.Buffer
		LogFault(ctx, slog.New(slog.NewTextHandler(&out, nil)), c.err, protocol.Error{Code: c.code})
		if told := strings.Contains(out.String(), "level=ERROR"); told != c.told {
			t.Errorf("%s: told %t, want %t", c.name, told, c.told)
		}
	}
}
