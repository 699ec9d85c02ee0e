package judge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each client is small enough to be read in one sitting: 600 lines that are neither blank nor
// comment, without the message types that are made from the schema.
func TestTheClientsAreSmall(t *testing.T) {
	for dir, comment := range map[string]string{"client": "//", "clients/ts/src": "//", "clients/python/visavis": "#"} {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		lines := 0
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || filepath.Base(name) == "messages.ts" {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, comment) {
					lines++
				}
			}
		}
		if lines < 200 || lines > 600 {
			t.Errorf("%s has %d lines, want 600 at most", dir, lines)
		}
	}
}
