package visavis

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// licenceOf tells a licence by its words. Those that ask for more than their text
// have a name here.
func licenceOf(text string) string {
	if strings.HasPrefix(text, "/* SPDX-License-Identifier: BSD-3-Clause OR ") {
		return "permissive" // the taker chooses
	}
	text = strings.Join(strings.Fields(text), " ")
	for _, known := range []struct{ words, name string }{
		{"Mozilla Public License", "MPL"}, {"GNU AFFERO", "AGPL"}, {"GNU LESSER", "LGPL"}, {"GNU GENERAL PUBLIC", "GPL"},
		{"European Union Public", "EUPL"}, {"Eclipse Public License", "EPL"}, {"Common Development and Distribution", "CDDL"}, {"Server Side Public", "SSPL"},
		{"Business Source License", "BUSL"},
	} {
		if strings.Contains(strings.ToUpper(text), strings.ToUpper(known.words)) {
			return known.name
		}
	}
	return "permissive"
}

func TestNoticeNamesEachModuleUnderTheMozillaLicence(t *testing.T) {
	notice, err := os.ReadFile("NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	named := strings.Fields(string(notice))
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		`{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}`, "./cmd/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if path, dir, ok := strings.Cut(lines.Text(), " "); ok {
			seen[path] = dir
		}
	}
	if len(seen) < 20 {
		t.Fatalf("%d modules, want all that are linked", len(seen))
	}
	var mozilla []string
	for path, dir := range seen {
		switch name := moduleLicence(t, dir); name {
		case "permissive":
		case "MPL":
			mozilla = append(mozilla, path)
			if !slices.Contains(named, path) {
				t.Errorf("%s is under the Mozilla Public License: name it in NOTICE", path)
			}
		default:
			t.Errorf("%s: licence %q, which this program may not be able to keep", path, name)
		}
	}
	for _, word := range named {
		if strings.HasPrefix(word, "github.com/") && !slices.Contains(mozilla, word) {
			t.Errorf("NOTICE names %s, which is not linked under the Mozilla Public License", word)
		}
	}
}

// moduleLicence reads the licence file of a module.
func moduleLicence(t *testing.T, dir string) string {
	t.Helper()
	for _, name := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt", "COPYING",
		"License", "license"} {
		if body, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			return licenceOf(string(body))
		}
	}
	return "none found"
}
