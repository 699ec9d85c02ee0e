package capture

import (
	"context"
	"errors"
	"net/netip"
)

// Asker says for whom a picture is analysed. Analyzers share their time fairly between networks, and between the
// sessions of a network. The zero Asker is the server itself.
type Asker struct {
	Session string
	Network netip.Prefix
}

// ErrOffender says that the pictures of a session stopped workers again and again. No more of them are looked at, and
// the session is to be ended.
var ErrOffender = errors.New("the pictures of this session stop the analysis")

type askerKey struct{}

// WithAsker tells an Analyzer for whom a call is.
func WithAsker(ctx context.Context, a Asker) context.Context {
	return context.WithValue(ctx, askerKey{}, a)
}

// AskerOf returns what WithAsker said; the zero Asker without it.
func AskerOf(ctx context.Context) Asker {
	a, _ := ctx.Value(askerKey{}).(Asker)
	return a
}
