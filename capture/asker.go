package capture

import (
	"context"
	"errors"
	"net/netip"
)

// Asker identifies for whom a picture is analysed. Analyzers share their time fairly
// between networks, and between the sessions of a network. The zero Asker is the server
// itself.
type Asker struct {
	Session string
	Network netip.Prefix
}

// ErrOffender says that a session's pictures crashed workers repeatedly. Its pictures are
// no longer analysed, and the caller ends the session.
var ErrOffender = errors.New("the pictures of this session stop the analysis")

type askerKey struct{}

// WithAsker returns a context that tells an Analyzer for whom a call is.
func WithAsker(ctx context.Context, a Asker) context.Context {
	return context.WithValue(ctx, askerKey{}, a)
}

// AskerOf returns the Asker of WithAsker, or the zero Asker.
func AskerOf(ctx context.Context) Asker {
	a, _ := ctx.Value(askerKey{}).(Asker)
	return a
}
