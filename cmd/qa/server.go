package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"visavis/qa/mock"
	"visavis/qa/proxy"
)

// ownServer starts the server that the scenario asks for, if it does.
func (p *player) ownServer() (stop func(), err error) {
	if !p.options.Own {
		if p.scenario.Server != nil {
			p.print.line(time.Now(), "the limits under server: are those of the server that is there")
		}
		return func() {}, nil
	}
	pair, _, err := mock.SelfSigned()
	if err != nil {
		return nil, err
	}
	config := p.scenario.Server.config()
	config.TLS = pair
	before, err := beforeServer(&config, p.options.Lie)
	if err != nil {
		return nil, err
	}
	server, err := mock.Start(config)
	if err != nil {
		return nil, err
	}
	p.options.Tagged, p.options.Client.Server = true, or2(config.Origin, server.URL)
	p.options.Client.TLS = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // made a moment ago, in this process
	end, err := before(server.URL)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return func() {
		if err := errors.Join(end(), server.Close()); err != nil {
			p.print.line(time.Now(), "the server's end: %v", err)
		}
	}, nil
}

// beforeServer listens in the place of the server, where something is to stand before
// it; the returned function begins to serve.
func beforeServer(config *mock.Config, lie proxy.Hook) (begin func(upstream string) (end func() error, err error),
	err error) {
	if lie == nil {
		return func(string) (func() error, error) { return func() error { return nil }, nil }, nil
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	config.Origin = "https://" + listener.Addr().String()
	return func(upstream string) (func() error, error) {
		p, err := proxy.New(upstream, lie)
		if err != nil {
			return nil, err
		}
		front := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second,
			ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		go func() { _ = front.Serve(tls.NewListener(listener, config.TLS)) }() // ends with Close
		return front.Close, nil
	}, nil
}
