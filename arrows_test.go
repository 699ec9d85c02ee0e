// Package visavis holds the tests of the project as a whole: the arrows between its packages, its documents, its lines
// and its languages.
package visavis

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows names, for each package, the packages of ours that it imports itself: these
// and no others. What it reaches through them follows. The programs in cmd, and
// bench, import what they wire.
var arrows = map[string]string{
	"capture":                           "document",
	"capture/capturetest":               "capture",
	"capture/jpegtest":                  "",
	"capture/opencv":                    "capture capture/opencv/face capture/opencv/outline capture/opencv/pixel capture/opencv/print capture/opencv/quality capture/opencv/zone document identity",
	"capture/opencv/face":               "capture capture/opencv/pixel identity",
	"capture/opencv/outline":            "capture capture/opencv/pixel",
	"capture/opencv/pixel":              "capture",
	"capture/opencv/print":              "capture/opencv/pixel document identity",
	"capture/opencv/quality":            "capture/opencv/pixel",
	"capture/opencv/zone":               "capture capture/opencv/pixel document identity",
	"capture/worker":                    "capture capture/worker/jail identity",
	"capture/worker/jail":               "",
	"certificate":                       "identity words",
	"certificate/internal/linttest":     "",
	"certificate/keys":                  "",
	"certificate/keys/keystest":         "certificate/keys",
	"certificate/keys/pkcs11":           "certificate/keys",
	"certificate/pades":                 "certificate/proof/xades",
	"certificate/pades/padestest":       "",
	"certificate/proof":                 "certificate certificate/proof/xades words",
	"certificate/proof/xades":           "outgoing",
	"certificate/proof/xades/xadestest": "certificate/proof/xades",
	"certificate/provider":              "certificate",
	"certificate/provider/wiretest":     "",
	"certificate/stepca":                "certificate",
	"certificate/stepca/stepcatest":     "",
	"certificate/testca":                "certificate certificate/keys",
	"certificate/testca/storetest":      "certificate certificate/testca",
	"certificate/trustlist":             "",
	"client":                            "protocol",
	"devicekey":                         "",
	"demo":                              "document enrolment enrolment/journey enrolment/store specimen words",
	"document":                          "",
	"email":                             "",
	"enrolment":                         "document identity limits",
	"enrolment/bucket":                  "",
	"enrolment/evidence":                "enrolment enrolment/bucket enrolment/ledger enrolment/store",
	"enrolment/evidence/evidencetest":   "enrolment/bucket enrolment/evidence enrolment/store",
	"enrolment/handover":                "certificate certificate/proof certificate/proof/xades enrolment enrolment/bucket enrolment/evidence enrolment/jobs enrolment/retention enrolment/store",
	"enrolment/jobs":                    "enrolment/store",
	"enrolment/journey":                 "certificate certificate/keys certificate/pades certificate/proof certificate/proof/xades document email enrolment enrolment/evidence enrolment/jobs enrolment/store enrolment/texts identity limits sites sms words",
	"enrolment/ledger":                  "enrolment/bucket outgoing",
	"enrolment/mail":                    "email enrolment enrolment/jobs enrolment/store enrolment/texts identity sms words",
	"enrolment/retention":               "enrolment enrolment/evidence enrolment/jobs enrolment/store enrolment/texts",
	"enrolment/store":                   "certificate certificate/stepca certificate/testca enrolment identity sites",
	"enrolment/store/storetest":         "enrolment/store",
	"enrolment/texts":                   "enrolment enrolment/bucket words",
	"identity":                          "document",
	"limits":                            "",
	"localca":                           "",
	"outgoing":                          "",
	"pairing":                           "devicekey limits",
	"protocol":                          "",
	"protocol/schema":                   "",
	"scripts/stepca":                    "certificate/stepca/stepcatest",
	"server":                            "capture limits pairing protocol protocol/schema server/assets server/live words",
	"server/api":                        "enrolment enrolment/evidence enrolment/journey enrolment/store limits protocol server server/sentences sites sites/registry words",
	"server/assets":                     "words",
	"server/csc":                        "certificate enrolment enrolment/journey enrolment/store limits protocol server sites sites/registry",
	"server/enrolments":                 "capture certificate certificate/pades enrolment enrolment/evidence enrolment/journey enrolment/retention enrolment/store identity limits protocol server server/assets server/live server/login server/sentences sites sites/registry words",
	"server/live":                       "capture devicekey limits pairing protocol words",
	"server/login":                      "email",
	"server/sentences":                  "email enrolment/journey identity words",
	"sites":                             "enrolment",
	"sites/registry":                    "email enrolment enrolment/journey enrolment/store sites sites/webhook",
	"sites/webhook":                     "outgoing",
	"sms":                               "outgoing",
	"specimen":                          "document",
	"static":                            "",
	"testkit":                           "",
	"testkit/openssltsa":                "",
	"testkit/rediscluster":              "",
	"tracing":                           "",
	"words":                             "static",
}

func TestPackagesImportAlongTheArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`,
		"./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg, imports := strings.TrimPrefix(fields[0], "visavis/"), fields[1:]
		free := strings.HasPrefix(pkg, "cmd/") || strings.HasPrefix(pkg, "qa/") || strings.HasPrefix(pkg, "examples/") ||
			pkg == "bench"
		if slices.Contains(imports, "gocv.io/x/gocv") && pkg != "capture/opencv" &&
			!strings.HasPrefix(pkg, "capture/opencv/") && !free {
			t.Errorf("%s imports gocv: OpenCV belongs to capture/opencv alone", pkg)
		}
		if free || pkg == "visavis" {
			continue
		}
		seen[pkg] = true
		want, known := arrows[pkg]
		if !known {
			t.Errorf("%s is not in the table of arrows: add it here and in ARCHITECTURE.md", pkg)
			continue
		}
		compareArrows(t, pkg, ours(imports), strings.Fields(want))
	}
	for pkg := range arrows {
		if !seen[pkg] {
			t.Errorf("%s is in the table of arrows and does not exist", pkg)
		}
	}
}

// ours are the packages of this module among imports, without its name.
func ours(imports []string) []string {
	var list []string
	for _, path := range imports {
		if pkg, ok := strings.CutPrefix(path, "visavis/"); ok {
			list = append(list, pkg)
		}
	}
	return list
}

func compareArrows(t *testing.T, pkg string, have, want []string) {
	t.Helper()
	for _, to := range have {
		if !slices.Contains(want, to) {
			t.Errorf("%s imports %s, which no arrow allows: want only %v", pkg, to, want)
		}
	}
	for _, to := range want {
		if !slices.Contains(have, to) {
			t.Errorf("%s does not import %s: take the arrow out of the table and of ARCHITECTURE.md", pkg, to)
		}
	}
}

// ARCHITECTURE.md draws the same arrows, but for packages that only tests and scripts share.
func TestArchitectureDrawsTheSameArrows(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "\n## The arrows\n\n```\n")
	block, _, _ = strings.Cut(block, "```")
	drawn := map[string][]string{}
	for line := range strings.Lines(block) {
		for rule := range strings.SplitSeq(line, ";") {
			from, to, found := strings.Cut(rule, " → ")
			if !found {
				t.Errorf("%q has no arrow", rule)
			}
			for _, pkg := range packagesOf(from) {
				drawn[pkg] = append(drawn[pkg], packagesOf(to)...)
			}
		}
	}
	for pkg, to := range drawn {
		if pkg == "cmd" || pkg == "bench" { // they import what they wire
			continue
		}
		want, known := arrows[pkg]
		if slices.Sort(to); want == "" {
			want = "nothing of ours"
		}
		if !known || strings.Join(to, " ") != want {
			t.Errorf("ARCHITECTURE.md draws from %s to %v, the table to %s", pkg, to, want)
		}
	}
	for pkg := range arrows {
		if drawn[pkg] == nil && !strings.HasSuffix(pkg, "test") && !strings.HasPrefix(pkg, "scripts/") {
			t.Errorf("ARCHITECTURE.md draws no arrow from %s", pkg)
		}
	}
}

// packagesOf reads a list of packages: "a, b/{c, d}" are a, b/c and b/d.
func packagesOf(list string) (names []string) {
	prefix := ""
	for name := range strings.SplitSeq(strings.TrimSpace(list), ", ") {
		if before, first, opens := strings.Cut(name, "{"); opens {
			prefix, name = before, first
		}
		last, closes := strings.CutSuffix(name, "}")
		names = append(names, prefix+last)
		if closes {
			prefix = ""
		}
	}
	return names
}
