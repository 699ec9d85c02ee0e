package limits

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into docs/security.md")

const (
	tableBegin = "<!-- limits: written by go test ./limits -update -->\n"
	tableEnd   = "<!-- end of limits -->\n"
)

// markdown is the table as docs/security.md has it.
func markdown() string {
	var b strings.Builder
	b.WriteString("| limit | number | for each | counted by | why | what follows |\n|---|---|---|---|---|---|\n")
	for _, r := range All() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", r.Name, r.Amount(), r.Scope, r.By, r.Reason, r.Told)
	}
	return b.String()
}

func TestTheTableStandsInTheDocumentation(t *testing.T) {
	const path = "../docs/security.md"
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(body), tableBegin)
	have, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", path)
	}
	if have == markdown() {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is old: go test ./limits -update", path)
	}
	if err := os.WriteFile(path, []byte(before+tableBegin+markdown()+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A server takes the sessions that docs/operations.md promises, and keeps connections for pages beside their sockets.
func TestTheSocketsOfNineThousandSessionsFit(t *testing.T) {
	const sessions = 9000
	total, desktops := SocketsTotal.Number(), SocketsDesktops.Number()
	if total < 2*sessions || desktops < sessions || total-desktops < SocketsStrangers.Number() {
		t.Errorf("%d sockets, %d of them for desktops: %d sessions have two each", total, desktops, sessions)
	}
	if pages := ConnectionsTotal.Number() - total; pages < ConnectionsTotal.Number()/5 {
		t.Errorf("%d connections are left beside the sockets, want a fifth", pages)
	}
}
