package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts call the program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"qa": main})
}
