//go:build oracles

package proof_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestDSSJudgesTheSame has EU DSS validate a proof and altered ones. Its command is in
// VISAVIS_DSS; the table goes to the file in VISAVIS_DSS_TABLE.
func TestDSSJudgesTheSame(t *testing.T) {
	command := strings.Fields(os.Getenv("VISAVIS_DSS"))
	if len(command) == 0 {
		t.Fatal("VISAVIS_DSS: want the command, see scripts/oracles.sh")
	}
	dir := t.TempDir()
	write := func(name string, body []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, all := alterations(t)
	args := append(command[1:], write("root.cer", authorities.Root.Raw), write("good.asice", good))
	for i, a := range all {
		args = append(args, write(fmt.Sprintf("%02d.asice", i), a.body))
	}
	c := exec.CommandContext(t.Context(), command[0], args...)
	c.Stderr = os.Stderr
	out := must(c.Output())
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 1+len(all) {
		t.Fatalf("%d answers for %d files:\n%s", len(lines), 1+len(all), out)
	}
	refused := 0
	counts, verdicts := map[string]int{}, map[string][]string{}
	var kinds []string
	for i, line := range lines {
		said := strings.Split(line, "\t")
		if len(said) != 4 {
			t.Fatalf("%q: want four fields", line)
		}
		one, verdict := alteration{name: "none"}, said[1]
		if i > 0 {
			one = all[i-1]
		}
		switch passed := verdict == "TOTAL_PASSED"; {
		case passed && i > 0 && (one.warned == "" || !strings.Contains(said[3], one.warned)), !passed && i == 0:
			t.Errorf("%s: %s: %s", one.name, said[1], said[3])
		case i == 0:
			verdict += ", " + said[2]
		case passed:
			verdict += ", warning “" + one.warned + "”"
		default:
			refused++
		}
		kind := one.kind()
		if counts[kind]++; counts[kind] == 1 {
			kinds = append(kinds, kind)
		}
		if !slices.Contains(verdicts[kind], verdict) {
			verdicts[kind] = append(verdicts[kind], verdict)
		}
	}
	if refused < 40 {
		t.Errorf("%d alterations did not pass, want 40", refused)
	}
	var table strings.Builder
	table.WriteString("| what was altered | proofs | noticed here | EU DSS says |\n|---|---|---|---|\n")
	for _, k := range kinds {
		noticed := strconv.Itoa(counts[k])
		if k == "none" {
			noticed = "0"
		}
		fmt.Fprintf(&table, "| %s | %d | %s | %s |\n", k, counts[k], noticed, strings.Join(verdicts[k], "; "))
	}
	if !strings.Contains(table.String(), "| none | 1 | 0 | TOTAL_PASSED, XAdES-BASELINE-LTA |") {
		t.Errorf("the proof is of another level:\n%s", lines[0])
	}
	if path := os.Getenv("VISAVIS_DSS_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var ofFile = regexp.MustCompile(`^(a byte of|without) [A-Za-z]+[/.].*`)

// kind is the row of the table that an alteration counts in.
func (a alteration) kind() string { return ofFile.ReplaceAllString(a.name, "$1 a file") }
