//go:build oracles

package certificate

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"visavis/certificate/internal/linttest"
)

// judged is one certificate and what each program says of it.
type judged struct {
	name    string // of the good one, or rule and mutant
	rule    string // that it breaks; empty: a good one
	der     []byte
	signer  []byte
	ours    []string
	pkilint []string
	zlint   []string
	openssl string // empty: it verifies
}

// explained are findings of other programs on good certificates, and why they are
// none here.
var explained = map[string]string{
	"itu.invalid_asn1_syntax":   "pkilint knows no arc behind 2.999, where the policies of test certificates are",
	"etsi.internal_domain_name": "a test certificate may point at localhost",
	"pkix.invalid_uri_syntax":   "a test certificate may point at localhost",
}

func everyCertificate(t *testing.T) (out []*judged) {
	qscd := goodQualified(t)
	qscd.extensions["policies"] = policiesOf(t, policyQCPnQSCD)
	qscd.extensions["qc"] = qc(t, append(goodStatements(t), bare(t, oidQcSSCD))...)
	for name, s := range map[string]*spec{"QCP-n": goodQualified(t), "QCP-n-qscd": qscd, "test": goodTest(t)} {
		out = append(out, &judged{name: name, der: s.sign(t),
			ours: names(Check(issued(t, s), profileOf(name == "test"), expected()))})
	}
	slices.SortFunc(out, func(a, b *judged) int { return strings.Compare(a.name, b.name) })
	for _, m := range mutants() {
		s := goodQualified(t)
		if m.test {
			s = goodTest(t)
		}
		m.make(t, s)
		i := issued(t, s)
		out = append(out, &judged{name: m.what, rule: m.rule, der: i.Certificate, signer: s.signer.cert.Raw,
			ours: names(Check(i, profileOf(m.test), expected()))})
	}
	return out
}

// askPkilint lints all at once: the library takes a second to load.
func askPkilint(t *testing.T, all []*judged) {
	t.Helper()
	command := strings.Fields(os.Getenv("VISAVIS_PKILINT"))
	dir := t.TempDir()
	for i, j := range all {
		path := filepath.Join(dir, fmt.Sprintf("%03d.der", i))
		if err := os.WriteFile(path, j.der, 0o600); err != nil {
			t.Fatal(err)
		}
		command = append(command, path)
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pkilint: %v", err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(all) {
		t.Fatalf("pkilint: %d answers to %d certificates", len(lines), len(all))
	}
	for i, line := range lines {
		var said struct {
			Findings []string `json:"findings"`
		}
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatalf("pkilint: %v: %s", err, line)
		}
		all[i].pkilint = said.Findings
	}
}

func askOpenSSL(t *testing.T, j *judged) {
	t.Helper()
	file := func(name string, ders ...[]byte) string {
		var body []byte
		for _, der := range ders {
			body = append(body, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	w := theWorld()
	out, err := exec.CommandContext(t.Context(), "openssl", "verify", "-x509_strict", "-attime",
		fmt.Sprint(expected().Now.Unix()),
		"-CAfile", file("roots.pem", w.root.cert.Raw, testWorld().cert.Raw), "-untrusted",
		file("between.pem", slices.DeleteFunc([][]byte{j.signer, w.issuing.cert.Raw}, func(der []byte) bool {
			return der == nil
		})...), file("cert.pem", j.der)).CombinedOutput()
	if err != nil {
		j.openssl = strings.TrimSpace(string(out))
	}
}

func TestOthersJudgeTheSame(t *testing.T) {
	all := everyCertificate(t)
	askPkilint(t, all)
	news := func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(f string) bool { return explained[f] != "" })
	}
	for _, j := range all {
		j.zlint = linttest.Findings(t, j.der)
		askOpenSSL(t, j)
	}
	var table strings.Builder
	good, rows := 0, map[string]*[5]int{}
	var rules []string
	for _, j := range all {
		if j.rule == "" {
			good++
			for _, f := range slices.Concat(j.pkilint, j.zlint) {
				if explained[f] == "" {
					t.Errorf("%s: another program finds %s, which nobody has explained", j.name, f)
				}
			}
			if len(j.ours) > 0 || j.openssl != "" {
				t.Errorf("%s: %v, OpenSSL: %s; want it taken", j.name, j.ours, j.openssl)
			}
			continue
		}
		if len(j.ours) == 0 {
			t.Errorf("%s, %s: taken", j.rule, j.name)
		}
		row := rows[j.rule]
		if row == nil {
			row = &[5]int{}
			rows[j.rule], rules = row, append(rules, j.rule)
		}
		for i, found := range []bool{true, len(j.ours) > 0, len(news(j.pkilint)) > 0, len(news(j.zlint)) > 0,
			j.openssl != ""} {
			if found {
				row[i]++
			}
		}
	}
	fmt.Fprintln(&table, "| rule | mutants | refused here | by pkilint | by zlint | by OpenSSL "+
		"|\n|---|---|---|---|---|---|")
	var sum [5]int
	slices.Sort(rules)
	for _, r := range rules {
		row := rows[r]
		fmt.Fprintf(&table, "| %s | %d | %d | %d | %d | %d |\n", r, row[0], row[1], row[2], row[3], row[4])
		for i := range sum {
			sum[i] += row[i]
		}
	}
	fmt.Fprintf(&table, "| all | %d | %d | %d | %d | %d |\n", sum[0], sum[1], sum[2], sum[3], sum[4])
	fmt.Fprintf(&table, "\n%d good certificates: taken by all. Findings on them that are none here:\n\n", good)
	for _, f := range slices.Sorted(maps.Keys(explained)) {
		fmt.Fprintf(&table, "- `%s`: %s\n", f, explained[f])
	}
	if path := os.Getenv("VISAVIS_ORACLES"); path != "" {
		if err := os.WriteFile(path, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
