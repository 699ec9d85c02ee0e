package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"visavis/client"
	"visavis/specimen"
	"visavis/testkit"
)

// startProgram builds the program, starts it with worker processes and OpenCV, and
// returns its address; settings are further flags of serve. Where OpenCV or the models are missing the test says so and
// is skipped.
func startProgram(t *testing.T, settings ...string) string {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "pkg-config", "--modversion", "opencv4").CombinedOutput(); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "OpenCV is not installed (package libopencv-dev): %v: %s", err, out)
	}
	models, err := filepath.Abs("../../var/models")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(models, "fr_detect.onnx")); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_MODELS", "the face models are missing (scripts/models.sh fetches them): %v", err)
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "visavis")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program,
		"visavis/cmd/visavis").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	address := testkit.FreeAddress(t)
	var log testkit.LogBuffer
	// Not tied to the test's context: it is asked to stop, and has to do so in order.
	child := exec.Command(program,
		append([]string{"serve", "--listen", address, "--http-listen", "off", "--public-url", "https://" + address,
			"--models", models, "--data", filepath.Join(folder, "data")}, settings...)...)
	child.Stdout, child.Stderr = &log, &log
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := child.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("ask to stop: %v", err)
		}
		kill := time.AfterFunc(30*time.Second, func() { _ = child.Process.Kill() })
		defer kill.Stop()
		if err := child.Wait(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	awaitReady(t, "https://"+address, &log)
	return "https://" + address
}

func awaitReady(t *testing.T, url string, log *testkit.LogBuffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	web := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer web.CloseIdleConnections()
	for {
		err := ready(ctx, &web, url)
		if err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("not ready after 60 s: %v\n%s", err, log.String())
		}
	}
}

func ready(ctx context.Context, web *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := web.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("readyz answers %d", answer.StatusCode)
	}
	return nil
}

// The scenarios that need eyes pass against the program as people run it: worker
// processes, OpenCV and the models judge the drawn pictures, challenges are on.
func TestScenariosPassWithOpenCV(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	url := startProgram(t)
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		t.Fatal(err)
	}
	if assets.PortraitDrawn {
		testkit.Lacking(t, testkit.RequireSpecimen,
			"no portrait photo is installed (package python3-skimage); no detector takes the drawn face for one")
	}
	options := Options{Client: client.Config{Server: url, TLS: &tls.Config{InsecureSkipVerify: true}, Language: "fr"},
		Assets: assets}
	played := 0
	for _, path := range scenarios(t) {
		s, err := LoadScenario(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(s.Tags, "eyes") {
			continue
		}
		played++
		t.Run(filepath.Base(path), func(t *testing.T) { playFile(t, path, options) })
	}
	if played < 6 {
		t.Errorf("%d scenarios have the tag eyes, want 6 at least", played)
	}
	t.Run("happy without sockets", func(t *testing.T) {
		o := options
		o.Client.NoSocket = true
		playFile(t, "../../qa/scenarios/happy.yaml", o)
	})
}
