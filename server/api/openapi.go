package api

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/mux"

	"visavis/protocol"
	"visavis/sites"
)

// openAPI is what the file at /v1/openapi.json says of the whole.
func (a *API) openAPI() huma.Config {
	c := huma.DefaultConfig("Visavis", Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // served by describe, without what they load from elsewhere
	c.CreateHooks = nil                                   // no $schema in answers
	c.NoFormatFallback = false
	strict := huma.DefaultJSONFormat
	strict.Unmarshal = func(body []byte, v any) error {
		if !protocol.WholeText(body) { // the decoder would keep another text in silence
			return errors.New("not UTF-8, or half of a surrogate pair in an escape: want JSON in UTF-8")
		}
		return huma.DefaultJSONFormat.Unmarshal(body, v)
	}
	c.Formats = map[string]huma.Format{"application/json": strict, "json": strict}
	c.Info.Description = "Ask for the verification of a person's identity, or for a certificate, from your own server. " +
		"docs/api.md begins with a call in five minutes."
	c.Info.License = &huma.License{Name: "See LICENSE"}
	c.Servers = []*huma.Server{{URL: "/", Description: "This server"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "A key of the site, vv_test_… or vv_live_…, of the scope that the operation names. Also as the user of basic authentication."},
	}
	c.Tags = []*huma.Tag{{Name: "Verifications"}, {Name: "Results"}, {Name: "Events"}, {Name: "Endpoints"},
		{Name: "Sandbox"}, {Name: "Site"}}
	return c
}

// describe serves the OpenAPI file and a page of it.
func (a *API) describe(r *mux.Router) {
	doc := a.huma.OpenAPI()
	event := doc.Components.Schemas.Schema(reflect.TypeFor[sites.Message](), true, "Message")
	doc.Webhooks = map[string]*huma.PathItem{}
	for _, t := range sites.EventTypes() {
		doc.Webhooks[string(t)] = &huma.PathItem{Post: &huma.Operation{
			Summary: "Something happened", OperationID: "on-" + string(t),
			Description: "Signed as Standard Webhooks 1.0 has it: webhook-id, webhook-timestamp, webhook-signature (v1 and v1a).",
			RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: event}}},
			Responses: map[string]*huma.Response{
				"2XX": {Description: "It was taken"}, "410": {Description: "The endpoint is not to be called again"}},
		}}
	}
	described := sync.OnceValues(doc.MarshalJSON)
	r.HandleFunc("/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		body, err := described()
		if err != nil {
			newProblem(http.StatusInternalServerError, codeInternal, "the description cannot be made").write(w)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(body) // the client went away: there is nobody to tell
	}).Methods(http.MethodGet, http.MethodHead)
	docs := kept{make: func(origin string) ([]byte, error) {
		var b bytes.Buffer
		err := page.Execute(&b, referenceOf(doc, origin))
		return b.Bytes(), err
	}}
	r.HandleFunc("/v1/docs", func(w http.ResponseWriter, r *http.Request) {
		body, err := docs.of(a.cfg.Origin())
		if err != nil {
			a.log.ErrorContext(r.Context(), "the page of the API cannot be made", "err", err)
			newProblem(http.StatusInternalServerError, codeInternal, "the page cannot be made").write(w)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		_, _ = w.Write(body) // as above
	}).Methods(http.MethodGet, http.MethodHead)
}

// kept is what follows from this server's address, made once: without --public-url the address is that of the network
// that the machine is in now.
type kept struct {
	make   func(origin string) ([]byte, error)
	mu     sync.Mutex
	origin string
	body   []byte // nil: not made yet
}

func (k *kept) of(origin string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.body == nil || k.origin != origin {
		body, err := k.make(origin)
		if err != nil {
			return nil, err
		}
		k.origin, k.body = origin, body
	}
	return k.body, nil
}
