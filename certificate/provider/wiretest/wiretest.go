// Package wiretest holds an HTTP exchange against an OpenAPI 3.1 file, for tests of
// both ends of a wire.
package wiretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// File is an OpenAPI file.
type File struct {
	root     any
	compiler *jsonschema.Compiler

	mu   sync.Mutex
	seen map[string]bool
}

// Operation is one operation of a file.
type Operation struct {
	Method, Path string // of the template; Path is the name of a webhook
	Webhook      bool
	node         node
	shared       []any // parameters of all operations of the path
}

// Name is method and path.
func (o Operation) Name() string { return o.Method + " " + o.Path }

type node = map[string]any

const base = "openapi.json"

// Open reads a file in YAML.
func Open(t testing.TB, path string) *File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err = yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	f := &File{root: root, compiler: jsonschema.NewCompiler(), seen: map[string]bool{}}
	f.compiler.AssertFormat()
	if err := f.compiler.AddResource(base, root); err != nil {
		t.Fatal(err)
	}
	return f
}

// At returns what a JSON pointer such as #/paths names, a reference followed; nil if
// there is nothing.
func (f *File) At(pointer string) any {
	at := f.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		in, _ := at.(node)
		at = in[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return f.follow(at)
}

// Keys are the names of the fields of an object at a pointer, sorted.
func (f *File) Keys(pointer string) []string {
	in, _ := f.At(pointer).(node)
	return slices.Sorted(maps.Keys(in))
}

func (f *File) follow(v any) any {
	in, _ := v.(node)
	if ref, ok := in["$ref"].(string); ok {
		return f.At(ref)
	}
	return v
}

func (f *File) object(v any) node { in, _ := f.follow(v).(node); return in }

// Operations are all operations, paths before webhooks, sorted.
func (f *File) Operations() []Operation {
	var out []Operation
	for _, part := range []string{"paths", "webhooks"} {
		for _, path := range f.Keys("#/" + part) {
			item := f.object(f.object(f.At("#/" + part))[path])
			shared, _ := item["parameters"].([]any)
			for _, method := range slices.Sorted(maps.Keys(item)) {
				if op, ok := item[method].(node); ok {
					out = append(out, Operation{strings.ToUpper(method), path, part == "webhooks", op, shared})
				}
			}
		}
	}
	return out
}

// Responses are an operation's responses by status, such as "200" or "4XX".
func (f *File) Responses(o Operation) map[string]map[string]any {
	out := map[string]map[string]any{}
	for status, response := range f.object(o.node["responses"]) {
		out[status] = f.object(response)
	}
	return out
}

// Extension is the value of an x- field of an operation.
func (o Operation) Extension(name string) string { s, _ := o.node[name].(string); return s }

// Response is what an operation says of a status; nil: nothing.
func (f *File) Response(o Operation, status int) map[string]any {
	all := f.Responses(o)
	if r := all[strconv.Itoa(status)]; r != nil {
		return r
	}
	return all[strconv.Itoa(status/100)+"XX"]
}

// Validate holds a body in JSON against a schema of the components.
func (f *File) Validate(schema string, body []byte) error {
	return f.validate(node{"$ref": "#/components/schemas/" + schema}, body)
}

func (f *File) validate(schema any, body []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return f.valid(schema, v)
}

func (f *File) valid(schema, v any) error {
	if ref, ok := schema.(node)["$ref"].(string); ok {
		compiled, err := f.compiler.Compile(base + ref)
		if err != nil {
			return err
		}
		return compiled.Validate(v)
	}
	c := jsonschema.NewCompiler() // one that stands in its place and refers to nothing
	if err := c.AddResource("inline.json", schema); err != nil {
		return err
	}
	compiled, err := c.Compile("inline.json")
	if err != nil {
		return err
	}
	return compiled.Validate(v)
}

// Examples validates every example of the file and returns how many there are.
func (f *File) Examples(t testing.TB) int { return f.examples(t, "#", f.root) }

func (f *File) examples(t testing.TB, at string, v any) (count int) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			count += f.examples(t, at+"/"+strconv.Itoa(i), item)
		}
	case node:
		examples, _ := v["examples"].(node)
		for name, example := range examples {
			count++
			if err := f.valid(v["schema"], f.object(example)["value"]); err != nil {
				t.Errorf("%s, example %s: %v", at, name, err)
			}
		}
		for name, item := range v {
			count += f.examples(t, at+"/"+name, item)
		}
	}
	return count
}

// Seen are the names of the operations that Handler has passed on, sorted.
func (f *File) Seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.seen))
}

// Handler passes on what the file describes, below a prefix of paths; anything that is
// not as described, request or answer, is the test's error. Only webhooks are looked at
// where webhook names their path.
func (f *File) Handler(t testing.TB, prefix, webhook string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if err := f.exchange(r, strings.TrimPrefix(r.URL.Path, prefix), webhook, body, answer); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

func (f *File) exchange(r *http.Request, path, webhook string, body []byte, answer *httptest.ResponseRecorder) error {
	for _, o := range f.Operations() {
		if o.Method != r.Method || o.Webhook != (webhook != "") || o.Webhook && path != o.Extension("x-path") ||
			!o.Webhook && !template(o.Path).MatchString(path) {
			continue
		}
		f.mu.Lock()
		f.seen[o.Name()] = true
		f.mu.Unlock()
		response := f.Response(o, answer.Code)
		if response == nil {
			return fmt.Errorf("answered %d, which the file does not have", answer.Code)
		}
		if err := f.body("answer", response["content"], answer.Header(), answer.Body.Bytes()); err != nil {
			return err
		}
		if answer.Code >= http.StatusBadRequest {
			return nil // errors of the request are reported already
		}
		if err := f.headers(o, r.Header); err != nil {
			return err
		}
		return f.body("request", f.object(o.node["requestBody"])["content"], r.Header, body)
	}
	return fmt.Errorf("no such operation in the file")
}

func template(path string) *regexp.Regexp {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			parts = append(parts, "[^/]+")
		} else {
			parts = append(parts, regexp.QuoteMeta(part))
		}
	}
	return regexp.MustCompile("^" + strings.Join(parts, "/") + "$")
}

// plain are the headers that HTTP itself brings, or the body.
var plain = []string{"Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "User-Agent"}

func (f *File) headers(o Operation, have http.Header) error {
	known := slices.Clone(plain)
	parameters, _ := o.node["parameters"].([]any)
	for _, p := range slices.Concat(o.shared, parameters) {
		parameter := f.object(p)
		name, _ := parameter["name"].(string)
		if parameter["in"] != "header" {
			continue
		}
		known = append(known, http.CanonicalHeaderKey(name))
		value := have.Get(name)
		if value == "" {
			if parameter["required"] == true {
				return fmt.Errorf("no header %s", name)
			}
			continue
		}
		if err := f.valid(parameter["schema"], value); err != nil {
			return fmt.Errorf("header %s: %q: %w", name, value, err)
		}
	}
	for name := range have {
		if !slices.Contains(known, name) {
			return fmt.Errorf("header %s, which the file does not have", name)
		}
	}
	return nil
}

// body holds a body against the media types that the file has for it.
func (f *File) body(what string, content any, header http.Header, body []byte) error {
	types := f.object(content)
	if len(types) == 0 {
		if len(body) > 0 && header.Get("Content-Type") != "text/plain; charset=utf-8" {
			return fmt.Errorf("%s: %d bytes, want none", what, len(body))
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("%s: Content-Type %q: %w", what, header.Get("Content-Type"), err)
	}
	media := f.object(types[kind])
	if media == nil {
		return fmt.Errorf("%s: %s, want one of %v", what, kind, slices.Sorted(maps.Keys(types)))
	}
	if !strings.HasSuffix(kind, "json") {
		if body, err = json.Marshal(string(body)); err != nil {
			return err
		}
	}
	if err := f.validate(media["schema"], body); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
