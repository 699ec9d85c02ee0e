package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"visavis/protocol"
)

var update = flag.Bool("update", false, "write the schema and the AsyncAPI file again")

// id is where the schema says that it lives: a name, nothing is fetched.
const id = "https://visavis.invalid/protocol/visavis.v1.schema.json"

// bodies are what goes over HTTP beside the messages.
var bodies = []any{protocol.OpenSession{}, protocol.Opened{}, protocol.Answers{}, protocol.Refusal{}}

// messageOf is the struct of a type.
func messageOf(t *testing.T, kind protocol.Type) protocol.Message {
	t.Helper()
	m, err := protocol.Decode([]byte(`{"type":"` + string(kind) + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// build makes the schema from the types.
func build(t *testing.T) []byte {
	t.Helper()
	t.Chdir("..") // the comments are read beside the types
	reflector := &jsonschema.Reflector{AllowAdditionalProperties: true, Anonymous: true}
	if err := reflector.AddGoComments("visavis/protocol", "./", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	all := jsonschema.Definitions{}
	for _, v := range bodies {
		maps.Copy(all, reflector.Reflect(v).Definitions)
	}
	for _, kind := range protocol.Types() {
		maps.Copy(all, reflector.Reflect(messageOf(t, kind)).Definitions)
	}
	split(t, all)
	restrict(t, all)
	root := map[string]any{
		"$schema": jsonschema.Version, "$id": id, "title": "Messages of " + protocol.Subprotocol,
		"description": "Made from the Go types of package protocol. Text messages are one of FromDesktop, FromPhone or FromServer; unknown fields are ignored.",
		"anyOf":       []any{ref("FromDesktop"), ref("FromPhone"), ref("FromServer")},
	}
	defs := map[string]any{}
	for name, def := range all {
		defs[name] = def
	}
	defs["FromDesktop"], defs["FromPhone"] = oneOf(t, "desktop"), oneOf(t, "phone")
	defs["FromServer"] = oneOf(t, "server to desktop", "server to phone")
	root["$defs"] = defs
	return indented(t, root)
}

// split gives every message its type. A struct that stands inside of others too, where
// it has none, is kept under the name with Body for them.
func split(t *testing.T, all jsonschema.Definitions) {
	t.Helper()
	for _, kind := range protocol.Types() {
		name := reflect.TypeOf(messageOf(t, kind)).Name()
		plain := all[name]
		for _, def := range all {
			for pair := def.Properties.Oldest(); pair != nil; pair = pair.Next() {
				if pair.Value.Ref == "#/$defs/"+name {
					pair.Value.Ref += "Body"
					all[name+"Body"] = plain
				}
			}
		}
		typed := jsonschema.NewProperties()
		typed.Set("type", &jsonschema.Schema{Const: string(kind)})
		for pair := plain.Properties.Oldest(); pair != nil; pair = pair.Next() {
			value := *pair.Value
			typed.Set(pair.Key, &value)
		}
		message := *plain
		message.Properties, message.Required = typed, append([]string{"type"}, plain.Required...)
		all[name] = &message
	}
}

// restrict puts the values that a field may hold, and the ranges of its kind.
func restrict(t *testing.T, all jsonschema.Definitions) {
	t.Helper()
	allowed, used := values(t), map[string]bool{}
	for name, def := range all {
		for pair := def.Properties.Oldest(); pair != nil; pair = pair.Next() {
			for _, key := range []string{strings.TrimSuffix(name, "Body") + "." + pair.Key, "." + pair.Key} {
				if list := allowed[key]; list != nil && pair.Value.Type != "" {
					used[key] = true
					into := pair.Value
					if into.Type == "array" {
						into = into.Items
					}
					into.Enum = nil // shared by a message and its body
					for _, v := range list {
						into.Enum = append(into.Enum, v)
					}
					break
				}
			}
			switch pair.Key {
			case "seq":
				pair.Value.Minimum, pair.Value.Maximum = "0", "4294967295"
			case "nonce":
				pair.Value.Pattern = "^[0-9a-f]{32}$"
			}
		}
	}
	for key := range allowed {
		if !used[key] {
			t.Errorf("values of %s: no such field", key)
		}
	}
}

func ref(name string) map[string]any { return map[string]any{"$ref": "#/$defs/" + name} }

// oneOf refers to every message of some senders.
func oneOf(t *testing.T, senders ...string) map[string]any {
	t.Helper()
	var names []string
	for _, sender := range senders {
		for _, kind := range sentBy[sender] {
			names = append(names, reflect.TypeOf(messageOf(t, kind)).Name())
		}
	}
	slices.Sort(names)
	var refs []any
	for _, name := range slices.Compact(names) {
		refs = append(refs, ref(name))
	}
	return map[string]any{"oneOf": refs}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// current checks that a file is what was built, or writes it.
func current(t *testing.T, name string, built []byte) {
	t.Helper()
	path := "schema/" + name // build has changed to the folder above
	if *update {
		if err := os.WriteFile(path, built, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, built) {
		t.Errorf("%s is not what the types say: go test ./protocol/schema -update", name)
	}
}

func TestFilesAreUpToDate(t *testing.T) {
	current(t, Messages, build(t))
	current(t, AsyncAPI, asyncAPI(t))
	for _, name := range []string{Messages, AsyncAPI} {
		if b, err := Files.ReadFile(name); err != nil || (!*update && !strings.HasPrefix(string(b), "{")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
