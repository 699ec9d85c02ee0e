package judge

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"visavis/protocol"
	"visavis/qa/mock"
	"visavis/qa/proxy"
)

// Trial is a judge that listens.
type Trial struct {
	*Judge
	URL  string
	Root string // PEM of the root to trust

	mock *mock.Server
	http *http.Server
}

// Begin starts a mock server and the judge before it, on listen; a spoil hook, which
// may be nil, comes after the judge's: a client's fault that is made on purpose.
func Begin(listen string, spoil proxy.Hook) (*Trial, error) {
	pair, _, err := mock.SelfSigned()
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	t := &Trial{
		Judge: New(), URL: "https://" + listener.Addr().String(),
		Root: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificates[0].Certificate[0]})),
	}
	if t.mock, err = mock.Start(mock.Config{TLS: pair, Origin: t.URL, Untagged: mock.Moving}); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p, err := proxy.New(t.mock.URL, func(p *proxy.Passing) {
		if spoil != nil {
			spoil(p)
		}
		t.Hook(p)
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close(), t.mock.Close())
	}
	t.http = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = t.http.Serve(tls.NewListener(listener, pair)) }() // ends with Close
	return t, nil
}

// Run runs a client's command with the address and the root's file put in the place
// of URL and ROOT, and waits for its end and what follows it.
func (t *Trial) Run(ctx context.Context, command []string) (output string, err error) {
	folder, err := os.MkdirTemp("", "visavis-judge")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }() // of the system's own temporary files
	root := filepath.Join(folder, "root.pem")
	if err := os.WriteFile(root, []byte(t.Root), 0o600); err != nil {
		return "", err
	}
	args := make([]string, len(command))
	for i, arg := range command {
		args[i] = strings.NewReplacer("URL", t.URL, "ROOT", root).Replace(arg)
	}
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.WaitDelay = 5 * time.Second
	out, err := c.CombinedOutput()
	return string(out), err
}

// Finish closes everything, and judges what can be judged at the end alone.
func (t *Trial) Finish() error {
	t.mu.Lock()
	ph := t.phone
	if ph.ended {
		t.must("final-is-final", true, "")
	}
	if ph.mustStart {
		t.must("start-again", false, "no start after the welcome")
	}
	if !ph.lostAt.IsZero() {
		t.must("comes-back", false, "never came back after %s", closedBy(ph))
	}
	if ph.missing != nil {
		t.must("missing-parts", false, "parts %v never came", ph.missing)
	}
	t.mu.Unlock()
	return errors.Join(t.http.Close(), t.mock.Close())
}

func closedBy(ph phone) string {
	if ph.tore {
		return "a lost network"
	}
	return fmt.Sprintf("close %d", protocol.CloseGoingDown)
}
