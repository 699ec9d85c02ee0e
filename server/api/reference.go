package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"visavis/sites"
)

// The page at /v1/docs shows the whole OpenAPI file without a script, in the look of the other pages: 112 kB, 12 kB as
// gzip. Readers made for that were tried on 2026-11-30, from their npm packages, under the policy of this origin with
// script-src, style-src and connect-src 'self': Redoc 2.5.4 (1.1 MB) shows an error in place of the page, since its
// styles are made by the script; Scalar 1.46.4 (3.6 MB) shows the text without its styles, and asks proxy.scalar.com
// for others' APIs. Both need 'unsafe-inline' for styles, on an origin that holds people's documents.

// reference is what the page shows.
type reference struct {
	Version  string
	Groups   []group
	Webhooks []string // types of events
	Message  object   // what a webhook brings
	Objects  []object
	Codes    []codeMeaning
}

type group struct {
	Name  string
	Calls []call
}

type call struct {
	ID, Method, Path, Summary, Description, Scope string
	Parameters, Body                              []field
	Example                                       string // of a request, for a shell
	Status, Media                                 string // of the answer
	Answer                                        string // the object's name; empty: see Media
	AnswerExample                                 string
	Errors                                        []string // HTTP statuses
}

type object struct {
	Name    string
	Fields  []field
	Example string
}

// field is a parameter, or a property of an object.
type field struct {
	Name, In, Type string
	Ref            string // the object that it is or is a list of
	Required       bool
	Limits         string
	Description    string
	Values         []string
}

// referenceOf reads what the page shows out of the OpenAPI file. origin is the address that examples call.
func referenceOf(doc *huma.OpenAPI, origin string) reference {
	r := reader{doc.Components.Schemas}
	out := reference{Version: doc.Info.Version, Codes: codeMeanings, Message: r.object("Message")}
	groups, bodies := map[string]int{}, map[string]bool{}
	for _, t := range doc.Tags {
		groups[t.Name] = len(out.Groups)
		out.Groups = append(out.Groups, group{Name: t.Name})
	}
	for path, item := range doc.Paths {
		for method, o := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
		} {
			if o != nil {
				g := &out.Groups[groups[o.Tags[0]]]
				g.Calls = append(g.Calls, r.call(method, path, origin, o))
				if o.RequestBody != nil {
					bodies[nameOf(jsonOf(o.RequestBody.Content).Ref)] = true
				}
			}
		}
	}
	for _, g := range out.Groups {
		slices.SortFunc(g.Calls, func(a, b call) int {
			return strings.Compare(a.Path+" "+order(a.Method), b.Path+" "+order(b.Method))
		})
	}
	for name := range r.schemas.Map() {
		if !bodies[name] && name != "Message" { // these stand with their calls and the webhooks
			out.Objects = append(out.Objects, r.object(name))
		}
	}
	slices.SortFunc(out.Objects, func(a, b object) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range sites.EventTypes() {
		out.Webhooks = append(out.Webhooks, string(t))
	}
	return out
}

// order puts what begins something first.
func order(method string) string {
	return fmt.Sprint(slices.Index([]string{http.MethodPost, http.MethodGet, http.MethodPatch, http.MethodDelete}, method))
}

type reader struct{ schemas huma.Registry }

// nameOf is the name of an object that a reference leads to.
func nameOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func jsonOf(content map[string]*huma.MediaType) *huma.Schema {
	return content["application/json"].Schema
}

func (r reader) object(name string) object {
	ref := "#/components/schemas/" + name
	return object{name, r.fields(&huma.Schema{Ref: ref}), indented(r.example(&huma.Schema{Ref: ref}, true))}
}

func (r reader) call(method, path, origin string, o *huma.Operation) call {
	c := call{
		ID: o.OperationID, Method: method, Path: path, Summary: o.Summary, Description: o.Description,
		Scope: string(scopeOf(o)),
	}
	for _, p := range o.Parameters {
		f := r.field(p.Name, p.Schema, p.Required)
		f.In = p.In
		if f.Description == "" {
			f.Description = p.Description
		}
		c.Parameters = append(c.Parameters, f)
	}
	at := origin + path
	for _, p := range o.Parameters {
		if p.In == "path" {
			at = strings.ReplaceAll(at, "{"+p.Name+"}", fmt.Sprint(r.example(p.Schema, true)))
		}
	}
	lines := []string{"curl " + at, `-H "Authorization: Bearer $KEY"`}
	if method != http.MethodGet && (method != http.MethodPost || o.RequestBody == nil) { // what curl does by itself
		lines[0] = "curl -X " + method + " " + at
	}
	if o.RequestBody != nil {
		schema := jsonOf(o.RequestBody.Content)
		c.Body = r.fields(schema)
		body, err := json.Marshal(r.example(schema, false))
		if err != nil {
			panic(err) // a tree of strings, numbers and truths
		}
		lines = append(lines, "-H 'Content-Type: application/json'", "-d '"+string(body)+"'")
	}
	c.Example = strings.Join(lines, " \\\n  ")
	for status, answer := range o.Responses {
		if status[0] != '2' {
			c.Errors = append(c.Errors, status)
			continue
		}
		c.Status = status
		for media, content := range answer.Content {
			c.Media = media
			if s := content.Schema; s != nil && s.Ref != "" {
				c.Answer, c.AnswerExample = nameOf(s.Ref), indented(r.example(s, true))
			}
		}
	}
	slices.Sort(c.Errors)
	return c
}

// fields are an object's properties in the order of their Go type.
func (r reader) fields(s *huma.Schema) (out []field) {
	if s.Ref == "" {
		return nil
	}
	of := r.schemas.SchemaFromRef(s.Ref)
	for _, name := range r.names(s.Ref) {
		if p := of.Properties[name]; p != nil {
			out = append(out, r.field(name, p, slices.Contains(of.Required, name)))
		}
	}
	return out
}

func (r reader) names(ref string) (out []string) {
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous && name == "" {
				walk(f.Type)
			} else {
				out = append(out, name)
			}
		}
	}
	t := r.schemas.TypeFromRef(ref)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	walk(t)
	return out
}

func (r reader) field(name string, s *huma.Schema, required bool) field {
	f := field{Name: name, Required: required, Description: s.Description, Type: s.Type}
	of := s
	if s.Items != nil {
		of, f.Type = s.Items, "list of "+s.Items.Type
	}
	for _, v := range of.Enum {
		f.Values = append(f.Values, fmt.Sprint(v))
	}
	more, isMap := s.AdditionalProperties.(*huma.Schema)
	switch {
	case of.Ref != "":
		f.Ref = nameOf(of.Ref)
		f.Type = strings.TrimSuffix(f.Type, " ") // the name follows "list of"
	case s.Format == "date-time" || s.Format == "date":
		f.Type = s.Format
	case isMap:
		f.Type = "object of " + more.Type + "s"
	case f.Type == "":
		f.Type = "any"
	}
	var limits []string
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		limits = append(limits, fmt.Sprintf("%.0f to %.0f", *s.Minimum, *s.Maximum))
	case s.Minimum != nil:
		limits = append(limits, fmt.Sprintf("%.0f or more", *s.Minimum))
	}
	for _, most := range []struct {
		n    *int
		unit string
	}{{s.MaxLength, "characters"}, {s.MaxItems, "of them"}, {s.MaxProperties, "keys"}} {
		if most.n != nil {
			limits = append(limits, fmt.Sprintf("at most %d %s", *most.n, most.unit))
		}
	}
	if s.Default != nil && s.Default != 0 {
		limits = append(limits, fmt.Sprintf("default %v", s.Default))
	}
	f.Limits = strings.Join(limits, ", ")
	return f
}

// example makes a value of a schema; all is false for a request, which has what it needs alone.
func (r reader) example(s *huma.Schema, all bool) any {
	switch {
	case s.Ref != "":
		of := r.schemas.SchemaFromRef(s.Ref)
		out := ordered{}
		for _, name := range r.names(s.Ref) {
			if p := of.Properties[name]; p != nil && (all || slices.Contains(of.Required, name)) {
				out = append(out, member{name, r.example(p, all)})
			}
		}
		return out
	case s.Items != nil:
		return []any{r.example(s.Items, all)}
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case "boolean":
		return false
	case "integer", "number":
		if s.Minimum != nil && *s.Minimum > 0 {
			return *s.Minimum
		}
		return 1
	case "object":
		return map[string]string{"key": "value"}
	}
	switch s.Format {
	case "date-time":
		return "2026-11-30T09:00:00Z"
	case "date":
		return "1990-07-13"
	}
	return "…"
}

// ordered is a JSON object whose members keep their order.
type ordered []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", m.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func indented(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // a tree of strings, numbers and truths
	}
	return string(b)
}

//go:embed reference.html
var referencePage string

var page = template.Must(template.New("reference").Funcs(template.FuncMap{"prose": prose}).Parse(referencePage))

// prose has what stands between backticks shown as code.
func prose(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			b.WriteString("<code>" + template.HTMLEscapeString(part) + "</code>")
		} else {
			b.WriteString(template.HTMLEscapeString(part))
		}
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}
