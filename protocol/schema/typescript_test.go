package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// node is what the types need of a schema.
type node struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Const                string
	Enum                 []string
	Items                json.RawMessage
	MinItems, MaxItems   int
	Properties           map[string]node
	Required             []string
	Description          string
	OneOf                []node
	AdditionalProperties json.RawMessage
}

// typescript writes the definitions as TypeScript types.
func typescript(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(home, "schema", Messages)) // as written just now
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]node `json:"$defs"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString("// Made from protocol/schema by go test ./protocol/schema -update. Do not edit.\n")
	for _, name := range slices.Sorted(maps.Keys(doc.Defs)) {
		def := doc.Defs[name]
		if def.OneOf != nil {
			fmt.Fprintf(&out, "\nexport type %s = %s;\n", name, typeOf(t, def))
			continue
		}
		if def.Description != "" {
			fmt.Fprintf(&out, "\n/** %s */", strings.ReplaceAll(def.Description, "\n", " "))
		}
		fmt.Fprintf(&out, "\nexport interface %s {\n", name)
		for _, field := range slices.Sorted(maps.Keys(def.Properties)) {
			optional := "?"
			if slices.Contains(def.Required, field) {
				optional = ""
			}
			fmt.Fprintf(&out, "  %s%s: %s;\n", field, optional, typeOf(t, def.Properties[field]))
		}
		out.WriteString("}\n")
	}
	return []byte(out.String())
}

// typeOf is the TypeScript type of a schema.
func typeOf(t *testing.T, n node) string {
	t.Helper()
	quoted := func(values []string) string { return "'" + strings.Join(values, "' | '") + "'" }
	switch {
	case n.Ref != "":
		return strings.TrimPrefix(n.Ref, "#/$defs/")
	case n.Const != "":
		return quoted([]string{n.Const})
	case n.OneOf != nil:
		var all []string
		for _, one := range n.OneOf {
			all = append(all, typeOf(t, one))
		}
		return strings.Join(all, " | ")
	case n.Enum != nil:
		return quoted(n.Enum)
	case n.Type == "array":
		var items node
		if json.Unmarshal(n.Items, &items) != nil {
			return "unknown[]"
		}
		element := typeOf(t, items)
		if n.MinItems > 0 && n.MinItems == n.MaxItems {
			return "[" + strings.TrimSuffix(strings.Repeat(element+", ", n.MinItems), ", ") + "]"
		}
		if strings.Contains(element, "|") {
			element = "(" + element + ")"
		}
		return element + "[]"
	case n.Type == "integer", n.Type == "number":
		return "number"
	case n.Type == "string", n.Type == "boolean":
		return n.Type
	}
	return "unknown"
}

// The TypeScript client's types are those of the schema.
func TestTypeScriptIsUpToDate(t *testing.T) {
	const path = "../../clients/ts/src/messages.ts"
	built := typescript(t)
	if *update {
		if err := os.WriteFile(path, built, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != string(built) {
		t.Errorf("%s is not what the schema says: go test ./protocol/schema -update (%v)", path, err)
	}
}
