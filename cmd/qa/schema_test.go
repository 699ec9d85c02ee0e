package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The schema for editors accepts every scenario, and refuses a typo as qa lint does.
func TestTheSchemaAcceptsEveryScenario(t *testing.T) {
	data, err := scenarioSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text []byte) error {
		j, err := yaml.YAMLToJSON(text)
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
	for _, path := range scenarios(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if validate([]byte("name: a\nsteps:\n  - opne:\n")) == nil {
		t.Error("a step that does not exist was accepted")
	}
	if validate([]byte("name: a\nsteps:\n  - wait: soon\n")) == nil {
		t.Error("a time that is none was accepted")
	}
}
