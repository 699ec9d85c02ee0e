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

// A test file that fails once is run again, by its own name though a helper's hook failed
// in it. It fails for good if it fails again, or if no test ran.
func TestATestFileHasASecondTry(t *testing.T) {
	for name, file := range map[string]struct {
		body string
		ok   bool
		says string
	}{
		"passes": {`test('one', () => {});`, true, "flaky:"},
		"a helper's hook, once": {`stops(once); test('one', () => {});`, true,
			"FAILED: FILE; once more, alone flaky: FILE"},
		"a helper's hook, twice": {`stops(() => true); test('one', () => {});`, false,
			"FAILED: FILE; once more, alone error: failed twice: FILE"},
		"a helper's test, once": {`shared();`, true, "FAILED: FILE; once more, alone flaky: FILE"},
		"a test, once": {`test('one', () => { if (once()) throw new Error('SPECIMEN'); });`, true,
			"FAILED: FILE; once more, alone flaky: FILE"},
		"no test at the second try": {`if (once()) test('one', () => { throw new Error('SPECIMEN'); });`, false,
			"FAILED: FILE; once more, alone error: failed twice: FILE"},
		"no test": {``, false, "FAILED: FILE; once more, alone error: failed twice: FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, body := range map[string]string{
				"package.json": `{"type":"module"}`,
				"helper.js": `import { existsSync, writeFileSync } from 'node:fs';
					import { before, test } from 'node:test';
					export const once = () => !existsSync('tried') && (writeFileSync('tried', ''), true);
					export function stops(when) { before(() => { if (when()) throw new Error('SPECIMEN'); }); }
					export function shared() { test('shared', () => { if (once()) throw new Error('SPECIMEN'); }); }`,
				"good.test.js": `import { test } from 'node:test'; test('good', () => {});`,
				"some.test.js": "import { test } from 'node:test'; import { once, shared, stops } from './helper.js';\n" +
					"void [test, once, shared, stops];\n" + file.body,
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			const lines = `. scripts/tries.sh
				trap 'rm -rf "$tmp"' EXIT
				exec 2>&1 3>&1 >/dev/null
				node_tests files "$DIR" "$DIR/good.test.js" "$DIR/some.test.js"
				echo "flaky: ${flaky[*]}" >&3`
			out, err := ran(t, lines, "DIR="+dir)
			out = strings.ReplaceAll(strings.ReplaceAll(out, "==> ", ""), filepath.Join(dir, "some.test.js"), "FILE")
			if out != file.says || (err == nil) != file.ok {
				t.Errorf("%q, %v; want %q", out, err, file.says)
			}
		})
	}
}
