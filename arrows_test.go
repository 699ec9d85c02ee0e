// Package visavis holds one test: the arrows between the packages.
package visavis

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed names, for each package, the packages of ours that it may reach,
// directly or through others. cmd and bench may reach everything.
var allowed = map[string][]string{
	"visavis/protocol":                  {},
	"visavis/protocol/schema":           {},
	"visavis/pairing":                   {},
	"visavis/capture":                   {},
	"visavis/localca":                   {},
	"visavis/identity":                  {},
	"visavis/certificate":               {}, // and what lies below it: see ofCertificates
	"visavis/enrolment":                 {"visavis/identity"},
	"visavis/enrolment/bucket":          {},
	"visavis/enrolment/store":           {"visavis/identity", "visavis/enrolment"},
	"visavis/enrolment/evidence":        {"visavis/enrolment/bucket", "visavis/identity", "visavis/enrolment", "visavis/enrolment/store"},
	"visavis/enrolment/jobs":            {"visavis/identity", "visavis/enrolment", "visavis/enrolment/store"},
	"visavis/enrolment/texts":           {"visavis/enrolment/bucket", "visavis/identity", "visavis/enrolment"},
	"visavis/enrolment/mail":            {"visavis/enrolment/bucket", "visavis/email", "visavis/identity", "visavis/enrolment", "visavis/enrolment/store", "visavis/enrolment/jobs", "visavis/enrolment/texts"},
	"visavis/enrolment/retention":       {"visavis/enrolment/bucket", "visavis/identity", "visavis/enrolment", "visavis/enrolment/store", "visavis/enrolment/evidence", "visavis/enrolment/jobs", "visavis/enrolment/texts"},
	"visavis/enrolment/store/storetest": {"visavis/identity", "visavis/enrolment", "visavis/enrolment/store"},
	"visavis/enrolment/journey":         {"visavis/enrolment/bucket", "visavis/email", "visavis/identity", "visavis/enrolment", "visavis/enrolment/store", "visavis/enrolment/evidence", "visavis/enrolment/jobs", "visavis/enrolment/texts"},
	"visavis/server/enrolments": {"visavis/enrolment/bucket", "visavis/email", "visavis/protocol", "visavis/protocol/schema", "visavis/pairing", "visavis/capture", "visavis/localca", "visavis/identity", "visavis/enrolment",
		"visavis/enrolment/store", "visavis/enrolment/evidence", "visavis/enrolment/jobs", "visavis/enrolment/texts", "visavis/enrolment/journey", "visavis/server", "visavis/server/login", "visavis/server/assets"},
	"visavis/enrolment/evidence/evidencetest": {"visavis/enrolment/bucket", "visavis/identity", "visavis/enrolment", "visavis/enrolment/store", "visavis/enrolment/evidence"},
	"visavis/specimen":                        {},
	"visavis/static":                          {},
	"visavis/capture/opencv/pixel":            {"visavis/capture"},
	"visavis/capture/opencv/outline":          {"visavis/capture", "visavis/capture/opencv/pixel"},
	"visavis/capture/opencv/quality":          {"visavis/capture", "visavis/capture/opencv/pixel"},
	"visavis/capture/opencv/face":             {"visavis/capture", "visavis/identity", "visavis/capture/opencv/pixel"},
	"visavis/capture/opencv/zone":             {"visavis/capture", "visavis/identity", "visavis/capture/opencv/pixel"},
	"visavis/capture/opencv/print":            {"visavis/capture", "visavis/identity", "visavis/capture/opencv/pixel"},
	"visavis/capture/opencv": {"visavis/capture", "visavis/identity", "visavis/capture/opencv/pixel", "visavis/capture/opencv/outline",
		"visavis/capture/opencv/quality", "visavis/capture/opencv/face", "visavis/capture/opencv/zone", "visavis/capture/opencv/print"},
	"visavis/capture/worker": {"visavis/capture", "visavis/identity"},
	"visavis/client":         {"visavis/protocol"},
	"visavis/email":          {},
	"visavis/server/login":   {"visavis/email"},
	"visavis/server/assets":  {},
	"visavis/server":         {"visavis/server/assets", "visavis/protocol", "visavis/protocol/schema", "visavis/pairing", "visavis/capture", "visavis/localca"},
}

// ofCertificates tells the packages below visavis/certificate: they may reach each
// other and the one above them.
func ofCertificates(pkg string) bool { return strings.HasPrefix(pkg, "visavis/certificate/") }

// mayCertify tells the packages that may reach those of certificates: the record
// plane, which asks for them.
func mayCertify(pkg string) bool {
	return ofCertificates(pkg) || strings.HasPrefix(pkg, "visavis/enrolment/") || pkg == "visavis/server/enrolments"
}

func TestPackagesImportOnlyAlongTheArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg, deps := fields[0], fields[1:]
		free := strings.HasPrefix(pkg, "visavis/cmd/") || pkg == "visavis/bench"
		want, known := allowed[pkg]
		if !free && !known && !ofCertificates(pkg) && pkg != "visavis" {
			t.Errorf("%s is not in the table of arrows: add it here and in ARCHITECTURE.md", pkg)
			continue
		}
		seen++
		for _, dep := range deps {
			if strings.HasPrefix(dep, "visavis/") && !free && !slices.Contains(want, dep) &&
				!(mayCertify(pkg) && strings.HasPrefix(dep, "visavis/certificate")) {
				t.Errorf("%s reaches %s, want only %v", pkg, dep, want)
			}
			if dep == "gocv.io/x/gocv" && !strings.HasPrefix(pkg, "visavis/capture/opencv") && !free {
				t.Errorf("%s reaches gocv: OpenCV belongs to capture/opencv and what is below it", pkg)
			}
		}
	}
	if seen < 5 {
		t.Fatalf("saw %d packages of ours, want at least 5: %s", seen, out)
	}
}
