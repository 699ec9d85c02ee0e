package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"visavis/protocol"
)

// compile reads the schema as a validator of one of its definitions does.
func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	b, err := Files.ReadFile(Messages)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id + name)
	if err != nil {
		t.Fatalf("the schema is no JSON Schema 2020-12: %v", err)
	}
	return s
}

func read(t *testing.T, path string) any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

// Every vector is what the schema allows, and one with a wrong value is not.
func TestTheSchemaAcceptsEveryVector(t *testing.T) {
	all := compile(t, "")
	paths, err := filepath.Glob("../testdata/messages/*.json")
	if err != nil || len(paths) < len(protocol.Types()) {
		t.Fatalf("%d vectors, %v", len(paths), err)
	}
	for _, path := range paths {
		if err := all.Validate(read(t, path)); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	for name, text := range map[string]string{
		"a state that does not exist": `{"type":"progress","rev":1,"state":"asleep","language":"fr","reference":"K7Q2MX"}`,
		"a seq that is text":          `{"type":"part-ack","seq":"3","part":1}`,
		"a type that does not exist":  `{"type":"hallo"}`,
		"a nonce that is too short":   `{"type":"challenge","kind":"tilt","gesture":"left","index":0,"count":1,"done":false,"progress":0,"nonce":"00"}`,
		"a claim without what it is":  `{"token":"x"}`,
		"a progress without its type": `{"rev":1,"state":"waiting","language":"fr","reference":"K7Q2MX"}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if all.Validate(v) == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

// property is a field of a definition, as far as the values go.
type property struct {
	Enum  []string
	Items json.RawMessage // an object, or true
}

// values are what the field or its elements may hold.
func (p property) values() []string {
	var items struct{ Enum []string }
	if json.Unmarshal(p.Items, &items) != nil {
		return p.Enum
	}
	return append(p.Enum, items.Enum...)
}

// definitions are the fields of the schema's definitions, by name.
func definitions(t *testing.T) map[string]map[string]property {
	t.Helper()
	b, err := Files.ReadFile(Messages)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]struct{ Properties map[string]property } `json:"$defs"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]property{}
	for name, def := range doc.Defs {
		all[name] = def.Properties
	}
	return all
}

// docs/protocol.md names every field and every value, as code.
func TestTheDocumentNamesEveryFieldAndValue(t *testing.T) {
	b, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	described := string(b)
	for name, def := range definitions(t) {
		for field, property := range def {
			for _, word := range append([]string{field}, property.values()...) {
				if !inCode(described, word) {
					t.Errorf("docs/protocol.md does not name %q (%s.%s)", word, name, field)
				}
			}
		}
	}
}

// inCode finds a word as code: in backquotes alone or in an example.
func inCode(described, word string) bool {
	return regexp.MustCompile("[`\"{, ]" + regexp.QuoteMeta(word) + "[`\":}, ]").MatchString(described)
}

// Hints and directions are the words of package capture, in its order.
func TestHintsAreThoseOfTheJudge(t *testing.T) {
	b, err := os.ReadFile("../../capture/hint.go")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, m := range regexp.MustCompile(`Hint\w+\s+Hint = "([a-z-]+)"`).FindAllSubmatch(b, -1) {
		have = append(have, string(m[1]))
	}
	if fmt.Sprint(have) != fmt.Sprint(hints) {
		t.Errorf("the judge's hints %v, the schema's %v", have, hints)
	}
	described, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, hint := range hints {
		next := strings.Index(string(described[at+1:]), "`"+hint+"`")
		if next < 0 {
			t.Errorf("docs/protocol.md does not list the hint %q in its place", hint)
		}
		at += max(0, next)
	}
}

// The names of the checks are those of the judge.
func TestTheDocumentNamesEveryCheck(t *testing.T) {
	described, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:atLeast|atMost|within|offset)\("([a-z-]+)"|Check\{Name: "([a-z-]+)"`)
	found := 0
	for _, file := range []string{"judge.go", "judge_document.go", "judge_selfie.go", "movement.go"} {
		b, err := os.ReadFile("../../capture/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(b), -1) {
			found++
			if name := m[1] + m[2]; !strings.Contains(string(described), "`"+name+"`") {
				t.Errorf("docs/protocol.md does not name the check %q of %s", name, file)
			}
		}
	}
	if found < 20 {
		t.Errorf("%d checks found in the judge's source, want more", found)
	}
}
