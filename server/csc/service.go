package csc

import (
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/text/language"

	"visavis/server"
	"visavis/sites"
	"visavis/sites/registry"
)

// The algorithms that there are: keys on P-256 sign SHA-256 with ECDSA.
const (
	oidSHA256 = "2.16.840.1.101.3.4.2.1"
	oidECDSA  = "1.2.840.10045.4.3.2" // with SHA-256
	oidP256   = "1.2.840.10045.3.1.7"
)

// The paths of the methods that no access token is needed for.
const (
	serviceInfo   = "info"
	tokenEndpoint = "oauth2/token"
)

// specs is the version of the standard.
const specs = "2.0.0.2"

// ServiceInfo is the answer of info.
type ServiceInfo struct {
	Specs             string           `json:"specs"`
	Name              string           `json:"name"`
	Logo              string           `json:"logo"`
	Region            string           `json:"region"`
	Lang              string           `json:"lang"`
	Description       string           `json:"description"`
	AuthType          []string         `json:"authType"`
	OAuth2            string           `json:"oauth2"` // before oauth2/token
	Asynchronous      bool             `json:"asynchronousOperationMode"`
	Methods           []string         `json:"methods"`
	SignAlgorithms    SignAlgorithms   `json:"signAlgorithms"`
	SignatureFormats  SignatureFormats `json:"signature_formats"`
	ConformanceLevels []string         `json:"conformance_levels"`
}

// SignAlgorithms are OIDs.
type SignAlgorithms struct {
	Algos []string `json:"algos"`
}

// SignatureFormats are those that signatures/signDoc would make: it is not here, so there are none.
type SignatureFormats struct {
	Formats    []string   `json:"formats"`
	Properties [][]string `json:"envelope_properties"`
}

func (a *API) service(w http.ResponseWriter, r *http.Request) {
	if _, err := read(w, r); err != nil {
		a.refuse(r.Context(), w, err)
		return
	}
	names := append(slices.Collect(maps.Keys(a.methods())), serviceInfo, tokenEndpoint)
	slices.Sort(names)
	write(w, http.StatusOK, ServiceInfo{
		Specs: specs, Name: a.cfg.Name, Logo: a.cfg.Origin() + "/img/logo.svg", Region: a.cfg.Country,
		Lang:        language.English.String(),
		Description: "Signs a hash with a certificate whose person confirms it on a phone. One confirmation, one signature.",
		AuthType:    []string{"oauth2client"}, OAuth2: a.cfg.Origin() + Base,
		Methods:          names,
		SignAlgorithms:   SignAlgorithms{[]string{oidECDSA}},
		SignatureFormats: SignatureFormats{[]string{}, [][]string{}}, ConformanceLevels: []string{},
	})
}

// Token is the answer of oauth2/token.
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
}

// token exchanges a site's id and key for an access token.
func (a *API) token(h server.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, err := a.client(w, r)
		if err != nil {
			if many := a.stranger(w, r, h); many != nil {
				err = many
			}
			a.refuse(r.Context(), w, err)
			return
		}
		if err := a.withinRate(w, key); err != nil {
			a.refuse(r.Context(), w, err)
			return
		}
		h.Repaid(r) // the key's rate counts it
		token, lasts := a.cfg.Registry.AccessToken(key)
		write(w, http.StatusOK, Token{token, "Bearer", int(lasts.Seconds())})
	}
}

// client returns the key that a request for an access token names.
func (a *API) client(w http.ResponseWriter, r *http.Request) (k sites.Key, err error) {
	body, err := readBody(w, r)
	if err != nil {
		return k, err
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return k, bad("the body has to be application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return k, bad("the form cannot be read")
	}
	for name, values := range form {
		if len(values) > 1 {
			return k, bad("Parameter %.40q is given twice", name)
		}
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, password, basic := r.BasicAuth(); basic {
		if secret != "" || id != "" && id != user {
			return k, bad("the client is named in the header and in the form: once is enough")
		}
		id, secret = user, password
	}
	switch {
	case !form.Has("grant_type"):
		return k, bad("Missing parameter grant_type")
	case form.Get("grant_type") != "client_credentials":
		return k, bad("Invalid parameter grant_type: want client_credentials")
	case id == "":
		return k, bad("Missing parameter client_id")
	case secret == "":
		return k, bad("Client authorization required")
	}
	if scope := form.Get("scope"); scope != "" && scope != "service" {
		return k, &Error{Code: invalidScope, Description: "the scope is service: credentials/authorize authorizes a credential"}
	}
	site, k, err := a.cfg.Registry.Caller(r.Context(), secret)
	switch {
	case errors.Is(err, registry.ErrKey), err == nil && site.ID != id:
		return k, bad("Invalid parameter client_id or client_secret: want the id of a site and one of its keys")
	case err == nil && !k.May(sites.Sign):
		return k, &Error{Code: unauthorizedClient, Description: "the key lacks the scope sign"}
	}
	return k, err
}
