package api

import (
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/mux"

	"visavis/sites"
)

// openAPI is what the file at /v1/openapi.json says of the whole.
func (a *API) openAPI() huma.Config {
	c := huma.DefaultConfig("Visavis", Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // served by describe, without what they load from elsewhere
	c.CreateHooks = nil                                   // no $schema in answers
	c.NoFormatFallback = false
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
	r.HandleFunc("/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		body, err := doc.MarshalJSON()
		if err != nil {
			newProblem(http.StatusInternalServerError, codeInternal, "the description cannot be made").write(w)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(body) // the client went away: there is nobody to tell
	}).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/v1/docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		_ = page.Execute(w, pageOf(doc)) // as above
	}).Methods(http.MethodGet, http.MethodHead)
}

// pageData is what the page of the API shows: it needs no script.
type pageData struct {
	Version string
	Calls   []call
}

type call struct {
	Method, Path, Summary, Description, Scope string
	Parameters                                []*huma.Param
}

func pageOf(doc *huma.OpenAPI) pageData {
	out := pageData{Version: doc.Info.Version}
	for path, item := range doc.Paths {
		for method, o := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
		} {
			if o != nil {
				out.Calls = append(out.Calls, call{method, path, o.Summary, o.Description, string(scopeOf(o)), o.Parameters})
			}
		}
	}
	slices.SortFunc(out.Calls, func(a, b call) int {
		if a.Path != b.Path {
			return strings.Compare(a.Path, b.Path)
		}
		return strings.Compare(a.Method, b.Method)
	})
	return out
}

var page = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Visavis API {{.Version}}</title>
  <link rel="stylesheet" href="/css/lib/base.css">
  <link rel="stylesheet" href="/css/frame/layout.css">
</head>
<body>
  <main class="column">
    <h1>Visavis API {{.Version}}</h1>
    <p class="lead">The whole description is an OpenAPI 3.1 file: <a href="/v1/openapi.json">/v1/openapi.json</a>.
      Give it to the tool of your choice.</p>
    <p>Every call wants <code>Authorization: Bearer vv_…</code>, a key of your site with the scope that stands
      beside it.</p>
    {{range .Calls}}
    <section class="card stack">
      <h2><code>{{.Method}} {{.Path}}</code></h2>
      <p>{{.Summary}}. {{.Description}}</p>
      <p class="muted small">Scope: {{.Scope}}</p>
      {{with .Parameters}}<dl class="facts">{{range .}}
        <dt><code>{{.Name}}</code> <span class="muted small">{{.In}}</span></dt>
        <dd>{{.Description}}</dd>{{end}}
      </dl>{{end}}
    </section>
    {{end}}
  </main>
</body>
</html>
`))
