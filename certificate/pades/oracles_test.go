//go:build oracles

package pades_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"visavis/certificate/pades/padestest"
)

// altered are bytes of a signed file that are changed, one in each copy.
const altered = 40

// judged is a file for the judges, and whether they should accept it.
type judged struct {
	kind string
	body []byte
	good bool
}

// TestOthersAcceptWhatIsSigned has pyHanko and EU DSS validate signed files, and copies of one
// in which a byte that the signature covers was changed. Their commands are in
// VISAVIS_PYHANKO and VISAVIS_DSS; the table goes to the file in VISAVIS_PADES_TABLE.
func TestOthersAcceptWhatIsSigned(t *testing.T) {
	files := filesForJudges(t)
	dir := t.TempDir()
	args := []string{filepath.Join(dir, "root.cer")}
	if err := os.WriteFile(args[0], authorities.Root.Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		path := filepath.Join(dir, fmt.Sprintf("%02d.pdf", i))
		if err := os.WriteFile(path, f.body, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	hanko := ask(t, "VISAVIS_PYHANKO", "PASSED", files, args)
	dss := ask(t, "VISAVIS_DSS", "TOTAL_PASSED", files, args)
	var table strings.Builder
	table.WriteString("| file | files | pyHanko accepts | EU DSS accepts | level, by EU DSS |\n|---|---|---|---|---|\n")
	for i, f := range files {
		if i > 0 && files[i-1].kind == f.kind {
			continue
		}
		n, byHanko, byDSS := 0, 0, 0
		for k, g := range files {
			if g.kind != f.kind {
				continue
			}
			n++
			byHanko += hanko[k].accepted
			byDSS += dss[k].accepted
		}
		level := ""
		if f.good {
			level = dss[i].said
		}
		fmt.Fprintf(&table, "| %s | %d | %d | %d | %s |\n", f.kind, n, byHanko, byDSS, level)
	}
	if path := os.Getenv("VISAVIS_PADES_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func filesForJudges(t *testing.T) []judged {
	form := append(padestest.Objects(), "<</Fields[7 0 R]/DA(/Helv 0 Tf)>>",
		"<</FT/Tx/T(amount)/V(12)/Type/Annot/Subtype/Widget/Rect[72 600 200 620]/P 3 0 R>>")
	form[0] = "<</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R>>"
	form[2] = strings.Replace(form[2], "<</Type/Page/", "<</Type/Page/Annots[7 0 R]/", 1)
	turned := padestest.Objects()
	turned[1] = strings.Replace(turned[1], "/MediaBox", "/Rotate 90/MediaBox", 1)
	one := signed(t, padestest.File(padestest.Table, "", padestest.Objects()...))
	files := []judged{
		{"with a table of objects", one, true},
		{"with object streams", signed(t, padestest.File(padestest.Stream, "", padestest.Objects()...)), true},
		{"with a form", signed(t, padestest.File(padestest.Table, "", form...)), true},
		{"with a turned page", signed(t, padestest.File(padestest.Stream, "", turned...)), true},
		{"signed twice", signed(t, one), true},
	}
	covers, _ := verify(t, one)
	ranges := byteRange.FindSubmatch(one)
	from, to := must(strconv.Atoi(string(ranges[1]))), must(strconv.Atoi(string(ranges[2])))
	for i := range altered {
		at := i * (covers - (to - from)) / altered
		if at >= from { // the signature itself is not covered, nor are the zeros that fill it up
			at += to - from
		}
		other := bytes.Clone(one)
		other[at] ^= 0x04
		files = append(files, judged{"a byte changed", other, false})
	}
	return files
}

// answer is one judge's: 1 for a file that is accepted, and what was said beside.
type answer struct {
	accepted int
	said     string
}

func ask(t *testing.T, variable, yes string, files []judged, args []string) (out []answer) {
	t.Helper()
	command := strings.Fields(os.Getenv(variable))
	if len(command) == 0 {
		t.Fatalf("%s: want the command, see scripts/oracles.sh", variable)
	}
	c := exec.CommandContext(t.Context(), command[0], append(command[1:], args...)...)
	c.Stderr = os.Stderr
	lines := strings.Split(strings.TrimRight(string(must(c.Output())), "\n"), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%s: %d answers for %d files", variable, len(lines), len(files))
	}
	for i, line := range lines {
		said := strings.Split(line, "\t")
		if len(said) != 4 {
			t.Fatalf("%s: %q: want four fields", variable, line)
		}
		a := answer{said: said[2]}
		if said[1] == yes {
			a.accepted = 1
		}
		if files[i].good != (a.accepted == 1) {
			t.Errorf("%s: %s, file %d: %s", variable, files[i].kind, i, line)
		}
		if files[i].good && variable == "VISAVIS_DSS" && a.said != "PAdES-BASELINE-LT" {
			t.Errorf("%s: %s: level %s", variable, files[i].kind, a.said)
		}
		out = append(out, a)
	}
	return out
}
