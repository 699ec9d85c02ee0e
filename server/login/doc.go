// Package login says who asks: accounts of an OpenID Connect provider, or the
// demonstration's own where no provider is set.
//
// # Wiring
//
//	l, err := login.New(login.Config{Secret: secret, Production: env == "production", OIDC: provider, Logger: log})
//	l.Routes(router, login.Host{Post: …})    // POSTs go through the server's own guard
//	account, ok := l.Account(r)              // in every handler that needs one
//
// A page that needs a login redirects to login.To(r); an API call answers 401 with
// l.Choices() beside the error. What went wrong on the way through a provider
// comes back as /login?error=CODE, see the Problem constants.
//
// # What is promised
//
// A login is a cookie, sealed with a key derived from the instances' shared secret:
// any instance knows it. It lasts eight hours, and an hour without a request ends
// it. Logging out takes it back: a short list of ended logins, which all instances
// share, is asked at each request, so that a copy of the cookie is worth nothing.
// « Se déconnecter partout » takes back all logins of an account, the provider's
// back-channel logout (POST /login/backchannel) those of its session or person. A
// role that the provider took away counts until the login ends.
//
// A provider is asked with the code flow, PKCE, state and nonce, which lie in a
// sealed cookie of ten minutes. It need not be there when the server starts.
//
// In a demonstration alone a member of staff may be logged in beside an applicant: a
// second cookie counts at the pages of staff, and for accounts of staff.
//
// A Login may be used by any number of goroutines.
package login
