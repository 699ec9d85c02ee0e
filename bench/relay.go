package main

import (
	"context"
	"net/http"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"visavis/protocol"
)

// relayChannel is the one channel of a relay.
const relayChannel = "bench"

// relay is the least that two instances do on one Redis: what comes on a socket at /in
// is published, and what is published leaves by every socket at /out.
type relay struct{ client *redis.Client }

func newRelay(ctx context.Context, addr string) (http.Handler, error) {
	r := relay{redis.NewClient(&redis.Options{Addr: addr})}
	if err := r.client.Ping(ctx).Err(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/in", r.in)
	mux.HandleFunc("/out", r.out)
	return mux, nil
}

func (r relay) in(w http.ResponseWriter, req *http.Request) {
	conn, err := websocket.Accept(w, req, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		_, data, err := conn.Read(req.Context())
		if err != nil || r.client.Publish(req.Context(), relayChannel, data).Err() != nil {
			return
		}
	}
}

func (r relay) out(w http.ResponseWriter, req *http.Request) {
	ctx := req.Context()
	sub := r.client.Subscribe(ctx, relayChannel)
	defer func() { _ = sub.Close() }()
	if _, err := sub.Receive(ctx); err != nil { // confirmed before the socket is answered
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, req, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		m, err := sub.ReceiveMessage(ctx)
		if err != nil || conn.Write(ctx, websocket.MessageText, []byte(m.Payload)) != nil {
			return
		}
	}
}
