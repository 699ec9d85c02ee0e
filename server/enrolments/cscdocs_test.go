package enrolments_test

import (
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"visavis/sites"
)

// The commands of docs/csc.md do what it says, with curl and OpenSSL; between them the test is the person.
func TestTheCommandsOfTheSigningGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/csc.md")
	must(t, err)
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) != 4 {
		t.Fatalf("%d blocks of commands, want 4", len(blocks))
	}
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	home := t.TempDir()
	must(t, os.WriteFile(filepath.Join(home, "test-site.key"), []byte(h.key), 0o600))
	must(t, os.WriteFile(filepath.Join(home, "root.pem"),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: in.Certificate().Raw}), 0o600))
	run := func(i int) string {
		t.Helper()
		commands := strings.NewReplacer(
			"https://localhost:8443", in.URL, "~/.local/share/visavis", home,
			"curl -sS http://localhost:8080/root.cer | openssl x509 -inform DER -out root.pem", ":",
		).Replace(blocks[i][1])
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c",
			"[ ! -f vars ] || . ./vars\n"+commands+"\n{ declare -p KEY SITE TOKEN PERSON CREDENTIAL HASH HANDLE 2>&-; declare -f; } > vars || :")
		cmd.Dir = home
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("block %d: %v\n%s", i+1, err, out)
		}
		return string(out)
	}
	run(0)
	person := run(1)
	id := regexp.MustCompile(`ver_[a-z0-9]{26}`).FindString(person)
	waitFor(t, func() bool { return h.see(id).Status == sites.Verified })
	enrolled := in.enrolmentOf(t, id)
	_, token := in.secret(t, enrolled)
	must(t, in.service.ConfirmAddressByLink(t.Context(), token))

	asked := run(2)
	digits := regexp.MustCompile(`"challenge":"(\d\d)"`).FindStringSubmatch(asked)
	handle := regexp.MustCompile(`"handle":"([^"]+)"`).FindStringSubmatch(asked)
	if digits == nil || handle == nil {
		t.Fatalf("no digits or no handle:\n%s", asked)
	}
	letter, err := in.service.SigningLetter(t.Context(), handle[1])
	must(t, err)
	if status, _, p := in.says(t, "/api/confirm/yes", letter.Secret, digits[1]); status != http.StatusOK {
		t.Fatalf("confirmed: %d %+v", status, p)
	}
	if signed := run(3); !strings.Contains(signed, "Verified OK") {
		t.Errorf("OpenSSL says:\n%s", signed)
	}
}
