package csc

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
)

// maxDescription bounds a description, in characters (CSC API 2.0, 11.8).
const maxDescription = 500

// Challenge is the answer of credentials/getChallenge.
type Challenge struct {
	Challenge string `json:"challenge"` // two digits
}

// challenge begins an authorization with the digits that the site shows to the person.
func (a *API) challenge(ctx context.Context, by journey.Asker, p params) (int, any, error) {
	c, err := a.enabled(ctx, by, p)
	if err != nil {
		return 0, nil, err
	}
	object, err := needed[string](p, "authObjectID", "string")
	if err != nil {
		return 0, nil, err
	}
	if object != phone {
		return 0, nil, bad("Invalid parameter authObjectID: want %q", phone)
	}
	digits, err := a.cfg.Journey.BeginHash(ctx, c, by)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, Challenge{digits}, nil
}

// enabled returns the credential that a request names, if it signs today.
func (a *API) enabled(ctx context.Context, by journey.Asker, p params) (store.Certificate, error) {
	c, err := a.credential(ctx, by, p)
	if err != nil {
		return c, err
	}
	if state, _ := a.cfg.Journey.CertificateState(c); state == certificate.StateExpired {
		return c, errExpired
	}
	if !a.cfg.Journey.CanSign(c) {
		return c, errDisabled
	}
	return c, nil
}

var (
	errExpired  = bad("Signing certificate is expired")
	errDisabled = bad("The credential identified by credentialID is disabled")
)

// Pending is the answer while the person has not confirmed.
type Pending struct {
	Handle string `json:"handle"`
}

// Activation is the answer once the person has confirmed.
type Activation struct {
	SAD       string `json:"SAD"`
	ExpiresIn int    `json:"expiresIn"` // seconds
}

// authorize asks the person of a credential to confirm a hash.
func (a *API) authorize(ctx context.Context, by journey.Asker, p params) (int, any, error) {
	c, err := a.enabled(ctx, by, p)
	if err != nil {
		return 0, nil, err
	}
	n, err := needed[int](p, "numSignatures", "integer")
	switch {
	case err != nil:
		return 0, nil, err
	case n < 1:
		return 0, nil, bad("Invalid value for parameter numSignatures")
	case n > multisign:
		return 0, nil, bad("Numbers of signatures is too high: %d, want %d. "+oneByOne, n, multisign)
	}
	if err := p.hashed(true); err != nil {
		return 0, nil, err
	}
	sum, err := p.digest()
	if err != nil {
		return 0, nil, err
	}
	description, err := parameter[string](p, "description", "string")
	if err != nil {
		return 0, nil, err
	}
	if len([]rune(description)) > maxDescription {
		return 0, nil, bad("Invalid parameter description: want %d characters or fewer", maxDescription)
	}
	given, err := needed[[]struct {
		ID string `json:"id"`
	}](p, "authData", "array")
	if err != nil {
		return 0, nil, err
	}
	if len(given) != 1 || given[0].ID != phone {
		return 0, nil, &Error{Code: invalidAuthData, Description: `want one object with the id "phone" and no value`}
	}
	q, err := a.cfg.Journey.AskHash(ctx, c, by, description, sum)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, Pending{q.ID}, nil
}

// check tells how far an authorization is.
func (a *API) check(ctx context.Context, by journey.Asker, p params) (int, any, error) {
	handle, err := needed[string](p, "handle", "string")
	if err != nil {
		return 0, nil, err
	}
	q, err := a.cfg.Journey.SiteSigning(ctx, by.Site.ID, handle)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil, bad("Invalid parameter handle")
	}
	if err != nil {
		return 0, nil, err
	}
	switch {
	case q.State == store.SigningRefused:
		return 0, nil, &Error{Code: accessDenied, Description: "the person refused, or typed other digits than the challenge"}
	case slices.Contains([]store.SigningState{store.SigningRuns, store.SigningDone}, q.State):
		return 0, nil, bad("Invalid parameter handle: its SAD was used")
	case a.cfg.Journey.Over(q):
		return 0, nil, &Error{Code: accessDenied, Description: "nobody confirmed in time, or the SAD expired"}
	case q.State == store.SigningConfirmed:
		sad, lasts := a.cfg.Journey.Activation(q)
		return http.StatusOK, Activation{sad, int(lasts / time.Second)}, nil
	}
	return http.StatusAccepted, Pending{q.ID}, nil
}

// Signatures is the answer of signatures/signHash.
type Signatures struct {
	Signatures []string `json:"signatures"` // ECDSA-Sig-Value (RFC 3279, 2.2.3), DER in Base64
}

// signHash signs the hash that the person confirmed.
func (a *API) signHash(ctx context.Context, by journey.Asker, p params) (int, any, error) {
	c, err := a.enabled(ctx, by, p)
	if err != nil {
		return 0, nil, err
	}
	sad, err := needed[string](p, "SAD", "string")
	if err != nil {
		return 0, nil, err
	}
	sum, err := p.digest()
	if err != nil {
		return 0, nil, err
	}
	algorithm, err := needed[string](p, "signAlgo", "string")
	if err != nil {
		return 0, nil, err
	}
	if algorithm != oidECDSA {
		return 0, nil, bad("Invalid parameter signAlgo: want %s (ECDSA with SHA-256)", oidECDSA)
	}
	if err := p.hashed(false); err != nil {
		return 0, nil, err
	}
	mode, err := parameter[string](p, "operationMode", "string")
	if err != nil {
		return 0, nil, err
	}
	if mode != "" && mode != "S" {
		return 0, nil, bad("Invalid parameter operationMode: want S")
	}
	value, err := a.cfg.Journey.SignHash(ctx, c, by, sad, sum)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, Signatures{[]string{base64.StdEncoding.EncodeToString(value)}}, nil
}

// errorOf is an error of the packages below as the standard has it.
func (a *API) errorOf(ctx context.Context, err error, request string) *Error {
	signing, isSigning := errors.AsType[*journey.SigningError](err)
	limit, many := errors.AsType[*enrolment.LimitError](err)
	switch {
	case isSigning && signing.Problem == journey.SigningOther:
		return bad("Hash is not authorized by the SAD")
	case isSigning:
		return errDisabled
	case many:
		return &Error{Code: unavailable, status: http.StatusTooManyRequests, Description: limit.Error()}
	case errors.Is(err, store.ErrText):
		return bad("a parameter has characters that no text has")
	case errors.Is(err, journey.ErrAddressOpen):
		return &Error{Code: accessDenied,
			Description: "the person cannot be asked: they have not confirmed their e-mail address"}
	case errors.Is(err, journey.ErrNotBegun):
		return &Error{Code: invalidAuthData,
			Description: "call credentials/getChallenge, show its digits to the person, and authorize within five minutes"}
	case errors.Is(err, journey.ErrActivation):
		return bad("Invalid parameter SAD")
	case errors.Is(err, journey.ErrActivationOver):
		return bad("SAD expired")
	}
	a.log.ErrorContext(ctx, "a csc call failed", "request", request, "err", err)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Code: unavailable, status: http.StatusServiceUnavailable, Description: "try again in a moment"}
	}
	return &Error{Code: serverError, status: http.StatusInternalServerError,
		Description: "this server failed; its log names the request " + request}
}
