package visavis

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ran runs lines of bash behind scripts/lib.sh, without its pauses, and returns what they print.
func ran(t *testing.T, lines string, env ...string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -euo pipefail\n. scripts/lib.sh\nsleep() { :; }\n"+lines)
	cmd.Env = append(os.Environ(), env...)
	b, err := cmd.Output()
	return strings.Join(strings.Fields(string(b)), " "), err
}

func TestWhatNeedsTheNetworkIsTriedThreeTimes(t *testing.T) {
	const lines = `n=0
		fetch() { n=$((n + 1)); echo "$n:$1$KIND"; [ "$n" -gt "$FAILS" ]; }
		KIND=x online fetch all
		echo on`
	for fails, want := range []string{"1:allx on", "1:allx 2:allx on", "1:allx 2:allx 3:allx on", "1:allx 2:allx 3:allx"} {
		out, err := ran(t, lines, "FAILS="+strconv.Itoa(fails))
		if out != want || (err == nil) != strings.HasSuffix(want, " on") {
			t.Errorf("fails %d times: %q, %v; want %q", fails, out, err, want)
		}
	}
}

// The lists of packages belong to each try: a machine that has none cannot install what it does not know.
func TestEachTryToInstallReadsTheListsFirst(t *testing.T) {
	fakes := t.TempDir()
	apt := "#!/bin/sh\necho \"$1\" >>\"$0.calls\"\n" +
		"[ \"$1\" = update ] || [ \"$(grep -c update \"$0.calls\")\" -gt 1 ]\n"
	if err := os.WriteFile(filepath.Join(fakes, "apt-get"), []byte(apt), 0o755); err != nil {
		t.Fatal(err)
	}
	const lines = `as_root() { "$@"; }
		have_package() { [ "$1" = there ]; }
		install_packages there
		[ ! -e "$CALLS" ]
		install_packages there missing
		cat "$CALLS"`
	calls := filepath.Join(fakes, "apt-get.calls")
	out, err := ran(t, lines, "CALLS="+calls, "PATH="+fakes+string(os.PathListSeparator)+os.Getenv("PATH"))
	if want := "update install update install"; out != want || err != nil {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
}
