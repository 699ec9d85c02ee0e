package main

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"visavis/capture"
	"visavis/qa/lab"
	"visavis/qa/mock"
	"visavis/specimen"
)

// serveFlags are the settings of "qa serve".
type serveFlags struct {
	listen, cert, key, root, shows string
	noChallenge, moving, verbose   bool
	qa                             bool
}

func (s *serveFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa serve", flag.ContinueOnError)
	f.StringVar(&s.listen, "listen", "127.0.0.1:8443", "address and port")
	f.StringVar(&s.cert, "tls-cert", "",
		"PEM file of a certificate; without one it is made anew, for the loopback addresses")
	f.StringVar(&s.key, "tls-key", "", "PEM file of its key")
	f.StringVar(&s.root, "root", "", "where to write the root to trust, PEM")
	f.StringVar(&s.shows, "shows", "good",
		`what pictures show that say nothing: conditions with times, over and over, such as "blurred 2s, dark 1s, good"`)
	f.BoolVar(&s.moving, "moving", false, "pictures that say nothing tilt and turn all the time: challenges are answered")
	f.BoolVar(&s.noChallenge, "no-challenge", false, "ask for no tilt and no gesture")
	f.BoolVar(&s.qa, "qa", false, "serve /qa: live sessions, faults on demand, the scripted camera; qa listen follows it")
	f.BoolVar(&s.verbose, "v", false, "log what happens")
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if f.NArg() > 0 || (s.cert == "") != (s.key == "") {
		fmt.Fprintln(stderr, "qa serve: want flags alone, -tls-cert and -tls-key together")
		return errUsage
	}
	return nil
}

// config turns the flags into a mock server's settings.
func (s *serveFlags) config(stderr io.Writer) (mock.Config, error) {
	c := mock.Config{Listen: s.listen, NoChallenge: s.noChallenge}
	if s.verbose {
		c.Logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	line, err := parseTimeline(s.shows)
	if err != nil {
		return c, fmt.Errorf("-shows: %w", err)
	}
	c.Untagged = func(since time.Duration, step capture.Step) mock.Shown {
		shown := mock.Asked(step)
		if s.moving {
			shown = mock.Moving(since, step)
		}
		shown.Condition, shown.Moment = line.at(since%line.length()).Condition, int64(since)
		return shown
	}
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return c, fmt.Errorf("certificate: %w", err)
		}
		c.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		return c, nil
	}
	c.TLS, _, err = mock.SelfSigned()
	return c, err
}

// runServe carries out "qa serve".
func runServe(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s serveFlags
	if err := s.parse(args, stderr); err != nil {
		return err
	}
	config, err := s.config(stderr)
	if err != nil {
		return err
	}
	if s.root != "" {
		chain := config.TLS.Certificates[0].Certificate
		if err := os.WriteFile(s.root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[len(chain)-1]}),
			0o644); err != nil {
			return fmt.Errorf("root: %w", err)
		}
	}
	drain := func() {}
	if s.qa {
		l := lab.New(lab.Config{Draw: lab.Drawing(specimen.Paths{}), Logger: config.Logger})
		config.Tap, config.Analyze, config.Wrap, drain = l, l.Analyzer, l.Handler, l.Drain
	}
	server, err := mock.Start(config)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s: the bare pairing page is %s/companion; ends with Ctrl-C\n", server.URL, server.URL)
	<-ctx.Done()
	drain()
	return server.Close()
}
