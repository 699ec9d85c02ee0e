package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
)

// scenarioSchema is the JSON Schema of a scenario, for editors.
func scenarioSchema() ([]byte, error) {
	text := func(pattern, about string) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Pattern: pattern, Description: about}
	}
	r := &jsonschema.Reflector{
		FieldNameTag: "yaml", Anonymous: true, RequiredFromJSONSchemaTags: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case reflect.TypeFor[Span]():
				return text(`^([0-9.]+(ms|s|m|h))+$`, "a time such as 300ms, 20s or 2m")
			case reflect.TypeFor[Assertion]():
				return text(assertionForm.String(), `such as "p95(preview) < 300ms" or "frame-result.checks.sharpness > 0.4"`)
			}
			return nil
		},
	}
	s := r.Reflect(&Scenario{})
	s.Title = "A scenario of qa run"
	// Steps such as "open:" may be empty.
	if step, ok := s.Definitions["Step"]; ok {
		for pair := step.Properties.Oldest(); pair != nil; pair = pair.Next() {
			pair.Value = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{pair.Value, {Type: "null"}}}
		}
		one := uint64(1)
		step.MinProperties, step.MaxProperties = &one, &one
	}
	for key, values := range vocabulary {
		step, name, _ := strings.Cut(key, ".")
		if at, ok := s.Definitions[step].Properties.Get(name); ok {
			at.Pattern = ""
			for _, one := range values {
				at.Enum = append(at.Enum, one)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(s)
	return b.Bytes(), err
}

// runSchema carries out "qa schema".
func runSchema(_ context.Context, _ []string, stdout, _ io.Writer) error {
	data, err := scenarioSchema()
	if err != nil {
		return err
	}
	_, err = stdout.Write(data)
	return err
}
