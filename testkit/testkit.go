// Package testkit holds what the tests of several packages share.
package testkit

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// LogBuffer collects what many goroutines write: a log, or what a program says.
type LogBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all that was written.
func (l *LogBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// FreeAddress is a port of the loopback address that nobody listens on.
func FreeAddress(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// Lacking ends a test that lacks what scripts/setup.sh installs. It fails where the
// environment variable required is set, as scripts/test.sh sets it; elsewhere it is skipped.
func Lacking(t testing.TB, required, format string, args ...any) {
	t.Helper()
	if os.Getenv(required) != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}

// RequireClients is the environment variable that makes a failure of a machine without the packages of other languages.
const RequireClients = "VISAVIS_REQUIRE_CLIENTS"

// RequireSpecimen is the environment variable that makes a failure of a machine on which
// specimens cannot be drawn.
const RequireSpecimen = "VISAVIS_REQUIRE_SPECIMEN"

// Main runs a package's tests and fails when a goroutine is left behind.
func Main(m goleak.TestingM) { goleak.VerifyTestMain(settling{m}) }

// settling gives a busy machine time to end what the tests have stopped.
type settling struct{ m goleak.TestingM }

// Run implements goleak.TestingM.
func (s settling) Run() int {
	code := s.m.Run()
	http.DefaultClient.CloseIdleConnections() // kept for later by the client
	for deadline := time.Now().Add(10 * time.Second); code == 0 && time.Now().Before(deadline); {
		if goleak.Find() == nil {
			break
		}
	}
	return code
}
