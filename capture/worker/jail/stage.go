package jail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// NewStage lays out files and listens; the caller calls clear at the end, in the same process.
func NewStage() (s Stage, clear func() error, err error) {
	if s.Dir, err = os.MkdirTemp("", "visavis-jail-"); err != nil {
		return s, nil, fmt.Errorf("jail stage: %w", err)
	}
	var open []net.Listener
	clear = func() error {
		for _, l := range open {
			_ = l.Close()
		}
		return os.RemoveAll(s.Dir)
	}
	for _, name := range []string{"key", "records.db", "old"} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte("of the server"), 0o600); err != nil {
			return s, nil, errors.Join(fmt.Errorf("jail stage: %w", err), clear())
		}
	}
	s.Unix, s.Abstract = filepath.Join(s.Dir, "socket"), "@"+filepath.Base(s.Dir)
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": s.Unix, "unixpacket": s.Abstract} {
		var c net.ListenConfig
		l, err := c.Listen(context.Background(), network, address)
		if err != nil {
			return s, nil, errors.Join(fmt.Errorf("jail stage: %w", err), clear())
		}
		open = append(open, l)
		if network == "tcp" {
			s.TCP = l.Addr().String()
		}
	}
	return s, clear, nil
}
