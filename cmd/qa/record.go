package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"visavis/qa/mock"
	"visavis/qa/proxy"
	"visavis/qa/recording"
)

// recordWith is a hook that writes what passes.
func recordWith(w *recording.Writer) proxy.Hook {
	return func(p *proxy.Passing) {
		w.Put(recording.Passing{At: p.At, Conn: p.Conn, Role: p.Role, Kind: p.Kind, ToServer: p.ToServer, Data: p.Data,
			Code: p.Code})
	}
}

// recordedInto plays, and writes what passes into a file of the folder that has the
// scenario's name; empty: it is only played.
func recordedInto(folder string, s *Scenario, o Options, do func(Options) error) error {
	if folder == "" {
		return do(o)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path)) + ".jsonl"
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := recording.NewWriter(file, "own", time.Now(), false)
	o.Lie = recordWith(w)
	return errors.Join(do(o), w.Close(), file.Close())
}

// front serves a proxy with a certificate of its own.
func front(listen, upstream string, hook proxy.Hook) (url string, end func() error, err error) {
	p, err := proxy.New(upstream, hook)
	if err != nil {
		return "", nil, err
	}
	pair, _, err := mock.SelfSigned()
	if err != nil {
		return "", nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", listen)
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.Serve(tls.NewListener(listener, pair)) }() // ends with Close
	return "https://" + listener.Addr().String(), s.Close, nil
}

// runRecord carries out "qa record".
func runRecord(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("qa record", flag.ContinueOnError)
	server := f.String("server", "https://localhost:8443", "the server behind; its --public-url is the recorder's address")
	listen := f.String("listen", "127.0.0.1:8444", "where the recorder listens")
	out := f.String("out", "", "file to write")
	blur := f.Bool("blur", false, "make large squares of every picture: such a recording shows the order of things, and "+
		"no verdict")
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if *out == "" || f.NArg() > 0 {
		fmt.Fprintln(stderr, "qa record: want -out FILE, and nothing after the flags")
		return errUsage
	}
	file, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := recording.NewWriter(file, *server, time.Now(), *blur)
	url, end, err := front(*listen, *server, recordWith(w))
	if err != nil {
		return errors.Join(err, file.Close())
	}
	//nolint:gosec // one's own server
	if err := reach(ctx, *server, &tls.Config{InsecureSkipVerify: true}); err != nil {
		fmt.Fprintf(stderr, "qa record: not yet: %v\n", err)
	}
	fmt.Fprintf(stdout, "%s: what passes is written to %s; ends with Ctrl-C\n", url, *out)
	<-ctx.Done()
	return errors.Join(end(), w.Close(), file.Close())
}
