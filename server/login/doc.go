// Package login says who asks: accounts of an OpenID Connect provider, or the
// demonstration's own where no provider is set.
//
// # Wiring
//
//	l, err := login.New(login.Config{Secret: secret, Production: env == "production", OIDC: provider, Logger: log})
//	l.Routes(router, server.posted)          // POSTs go through the server's own guard
//	account, ok := l.Account(r)              // in every handler that needs one
//
// A page that needs a login redirects to login.To(r); an API call answers 401 with
// l.Choices() beside the error. What went wrong on the way through a provider
// comes back as /login?error=CODE, see the Problem constants.
//
// # What is promised
//
// A login is a cookie, sealed with a key derived from the instances' shared
// secret: no instance keeps anything, and any of them knows it. It lasts eight
// hours. Logging out removes it from the browser; a copy of it would be good until
// its time is over, and so would be a role that the provider took away since: the
// price of keeping nothing.
//
// A provider is asked with the code flow, PKCE, state and nonce, which lie in a
// sealed cookie of ten minutes. It need not be there when the server starts.
//
// A Login may be used by any number of goroutines.
package login
