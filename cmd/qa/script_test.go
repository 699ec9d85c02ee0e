package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The program as testers type it: testdata/script has one file a subject.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true})
}
