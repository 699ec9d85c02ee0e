package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The settings and secrets of docs/kubernetes are those of a production server, by names that it knows.
func TestTheKubernetesSettingsAreTaken(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{}
	for _, file := range []string{"settings.env", "secrets.env"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "kubernetes", file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			setting, ours := strings.CutPrefix(name, "VISAVIS_")
			flag := "--" + strings.ReplaceAll(strings.ToLower(setting), "_", "-")
			if !ok || ours && !strings.Contains(string(manual), "`"+flag+"`") &&
				!strings.Contains(string(manual), "`"+name+"`") {
				t.Errorf("%s: %q names no setting", file, line)
			}
			if file == "secrets.env" && value != "" {
				t.Errorf("%s has a value of %s: everybody reads it here", file, name)
			}
			vars[name] = value
		}
	}
	for name, value := range map[string]string{
		"VISAVIS_SECRET": strings.Repeat("ab", 32), "VISAVIS_DATABASE_URL": "postgres://visavis@db/visavis",
		"VISAVIS_REDIS_URL": "redis://redis:6379", "VISAVIS_SMTP_URL": "smtps://mail.example.org:465",
	} {
		if _, there := vars[name]; !there {
			t.Errorf("secrets.env lacks %s", name)
		}
		vars[name] = value
	}
	vars["VISAVIS_INSTANCE"] = "visavis-0" // the pod's name
	c, err := parseConfig(nil, with(vars))
	if err != nil {
		t.Fatalf("a pod would not start: %v", err)
	}
	if c.TLS != "off" || c.Storage.Keys != "/keys" || c.Listen != ":8443" {
		t.Errorf("TLS %s, keys %s, listening on %s: want what the manifests mount and expose",
			c.TLS, c.Storage.Keys, c.Listen)
	}
}
