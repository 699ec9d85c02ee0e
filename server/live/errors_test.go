package live

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"visavis/protocol"
)

// An operator is told of the server's faults, not of those of its clients.
func TestLogFaultTellsFaultsAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code string
		told bool
	}{
		{"a fault", errors.New("broken"), protocol.CodeInternal, true},
		{"a store that does not answer", context.DeadlineExceeded, protocol.CodeUnavailable, true},
		{"a store that gave up by itself", context.Canceled, protocol.CodeUnavailable, true},
		{"a client's error", errors.New("no JSON"), protocol.CodeBadMessage, false},
	} {
		var out bytes.Buffer
		LogFault(t.Context(), slog.New(slog.NewTextHandler(&out, nil)), c.err, protocol.Error{Code: c.code})
		if told := strings.Contains(out.String(), "level=ERROR"); told != c.told {
			t.Errorf("%s: told %t, want %t", c.name, told, c.told)
		}
	}
}
