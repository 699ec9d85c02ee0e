package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// wellConfig is of a machine on which everything that is looked at is there.
func wellConfig(t *testing.T) doctorConfig {
	return doctorConfig{Data: filepath.Join(t.TempDir(), "not", "yet"), Listen: "127.0.0.1:0", HTTPListen: "off",
		PublicURL: "https://companion.example"}
}

func TestDoctorFindsAWellMachineWell(t *testing.T) {
	cfg := wellConfig(t)
	var out strings.Builder
	if err := runDoctor(t.Context(), &out, cfg); err != nil {
		t.Fatalf("%v:\n%s", err, out.String())
	}
	for _, line := range []string{
		`ok +data folder +.* can be made`, `ok +pages +127.0.0.1:0 is free`,
		`ok +address +phones are led to https://companion.example`, `ok +clock +it says 20`,
	} {
		if !regexp.MustCompile(`(?m)^` + line).MatchString(out.String()) {
			t.Errorf("no line %q in:\n%s", line, out.String())
		}
	}
	if strings.Contains(out.String(), "plain pages") {
		t.Errorf("a listener that is off was looked at:\n%s", out.String())
	}
	if _, err := os.Stat(filepath.Dir(cfg.Data)); err == nil {
		t.Error("the doctor made the data folder: it changes nothing")
	}
}

func TestDoctorSaysWhatIsMissingAndWhatToDo(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = busy.Close() })
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name       string
		change     func(c *doctorConfig)
		line, todo string
		needed     bool
	}{
		{"a worker that ends at once", func(c *doctorConfig) { c.Worker = []string{"false"} },
			"missing  worker       a worker process does not start", "scripts/packages.sh", true},
		{"no worker program", func(c *doctorConfig) { c.Worker = []string{"no-such-program"} },
			"missing  worker       a worker process does not start", "scripts/packages.sh", true},
		{"no models", func(c *doctorConfig) { c.Models = t.TempDir() },
			"missing  models       in ", "scripts/models.sh", true},
		{"no tesseract", func(c *doctorConfig) { c.Tesseract = "no-such-program" },
			"advice   tesseract    no-such-program: ", "apt-get install tesseract-ocr", false},
		{"tesseract without French", func(c *doctorConfig) { c.Tesseract = "echo" },
			"advice   tesseract    echo has no language fra", "tesseract-ocr-fra", false},
		{"no fonts", func(c *doctorConfig) { c.Fonts = t.TempDir() },
			"advice   fonts        no OCRB.otf in ", "fonts-ocr-b", false},
		{"a file in place of the data folder", func(c *doctorConfig) { c.Data = file },
			"missing  data folder  " + file + " is a file", "--data", true},
		{"a file above the data folder", func(c *doctorConfig) { c.Data = filepath.Join(file, "data") },
			"missing  data folder ", "--data", true},
		{"a port that another program holds", func(c *doctorConfig) { c.Listen = busy.Addr().String() },
			"missing  pages        listen tcp", "--listen", true},
		{"a plain port that another program holds", func(c *doctorConfig) { c.HTTPListen = busy.Addr().String() },
			"missing  plain pages  listen tcp", "--http-listen", true},
		{"no Redis", func(c *doctorConfig) { c.RedisURLs = []string{"redis://user:hunter2@" + nobody.Addr().String()} },
			"missing  redis        store unavailable: redis: ", "--redis-url", true},
		{"no PostgreSQL", func(c *doctorConfig) { c.Database = "postgres://user:hunter2@" + nobody.Addr().String() + "/visavis" },
			"missing  database     store: ", "--database-url", true},
		{"no S3", func(c *doctorConfig) { c.Evidence = "s3://visavis?region=eu&endpoint=http://" + nobody.Addr().String() },
			"missing  evidence     ", "--evidence-url", true},
		{"a trusted list that is none", func(c *doctorConfig) { c.TrustList, c.TrustListSigners = file, file },
			"missing  trusted list ", "--trust-list", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := wellConfig(t)
			test.change(&cfg)
			var out strings.Builder
			err := runDoctor(t.Context(), &out, cfg)
			if errors.Is(err, errDoctor) != test.needed || !test.needed && err != nil {
				t.Errorf("error %v, want errDoctor %t", err, test.needed)
			}
			_, after, found := strings.Cut(out.String(), test.line)
			lines := strings.SplitN(after, "\n", 3)
			if !found || len(lines) < 3 || !strings.Contains(lines[1], "-> ") || !strings.Contains(lines[1], test.todo) {
				t.Errorf("want %q and below it what to do with %q, got:\n%s", test.line, test.todo, out.String())
			}
			if strings.Contains(out.String(), "hunter2") {
				t.Errorf("a password is shown:\n%s", out.String())
			}
		})
	}
}

func TestDoctorFindsADamagedModel(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fr_eye.onnx"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := checkModels(t.Context(), doctorConfig{Models: dir})
	if f.state != stateMissing || !strings.Contains(f.found, "fr_eye.onnx is another file") ||
		!strings.Contains(f.found, "fr_pose.onnx is not there") {
		t.Errorf("%+v", f)
	}
}

func TestDoctorStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runDoctor(ctx, &strings.Builder{}, wellConfig(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// The doctor's sums are those by which the set-up fetches the models.
func TestModelSumsAreTheScripts(t *testing.T) {
	f, err := os.Open("../../scripts/models.sum")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sums := modelSums()
	count := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		if name == "" {
			continue
		}
		count++
		if sums[name] != sum {
			t.Errorf("%s: sum %s here, %s in scripts/models.sum", name, sums[name], sum)
		}
	}
	if count != len(sums) {
		t.Errorf("%d models here, %d in scripts/models.sum", len(sums), count)
	}
}
