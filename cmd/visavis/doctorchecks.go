package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"visavis/capture"
	"visavis/capture/worker"
	"visavis/localca"
	"visavis/pairing"
)

// modelSums are the SHA-256 of the models, as scripts/models.sum has them.
func modelSums() map[string]string {
	return map[string]string{
		"fr_detect.onnx":   "6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854",
		"fr_landmark.onnx": "f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258",
		"fr_eye.onnx":      "1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de",
		"fr_pose.onnx":     "72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d",
		"fr_feature.onnx":  "87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581",
		"fr_liveness.onnx": "afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d",
	}
}

// checkWorker starts a worker process, with OpenCV's libraries, and lets it
// measure an empty picture.
func checkWorker(ctx context.Context, cfg doctorConfig) finding {
	const todo = "apt-get install what scripts/packages.sh build and run list (libopencv-dev 4.6), then build again"
	ctx, cancel := within(ctx)
	defer cancel()
	start := time.Now()
	pool, err := worker.New(worker.Config{
		Command: cfg.Worker,
		N:       1,
		Env:     []string{variable("models") + "=" + cfg.Models},
		Logger:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return missing(todo, "a worker process does not start: %v", err)
	}
	started := time.Since(start)
	took, err := measureEmpty(ctx, pool)
	if err = errors.Join(err, pool.Close()); err != nil {
		return missing(todo, "a worker process cannot measure a picture: %v", err)
	}
	return ok("started with OpenCV in %d ms, measured a picture in %d ms", started.Milliseconds(), took.Milliseconds())
}

// checkJail lets a worker attempt what an attacker inside of it would.
func checkJail(ctx context.Context, cfg doctorConfig) finding {
	ctx, cancel := within(ctx)
	defer cancel()
	tries, err := worker.TryJail(ctx, worker.Config{
		Command: append(slices.Clone(cfg.Worker), insideSelfTest),
		Env:     []string{variable("models") + "=" + cfg.Models},
	})
	if err != nil {
		return missing("see the line of the worker above", "the jail of a worker cannot be tried: %v", err)
	}
	if escaped := tries.Escaped(); len(escaped) > 0 {
		return missing("report it as a fault of Visavis, with the kernel's version", "a worker can: %s",
			strings.Join(escaped, ", "))
	}
	if len(tries.Lacks) > 0 {
		return advice(
			"Linux 5.13 or newer with landlock among the lsm= of its command line, and unprivileged user namespaces",
			"a worker is not jailed whole: this system lacks %s", strings.Join(tries.Lacks, ", "))
	}
	return ok("%d attempts to break out of a worker are refused", len(tries.Tries))
}

func measureEmpty(ctx context.Context, analyzer capture.Analyzer) (time.Duration, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 640, 480)), nil); err != nil {
		return 0, err
	}
	frame, err := capture.NewFrame(capture.DocumentFront, capture.Preview, capture.IdentityCard, 1, time.Now(), b.Bytes())
	if err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = analyzer.Analyze(ctx, frame)
	return time.Since(start), err
}

// checkModels compares the models with their sums.
func checkModels(_ context.Context, cfg doctorConfig) finding {
	var bad []string
	sums := modelSums()
	for name, want := range sums {
		got, err := fileSum(filepath.Join(cfg.Models, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			bad = append(bad, name+" is not there")
		case err != nil:
			bad = append(bad, err.Error())
		case got != want:
			bad = append(bad, name+" is another file than it should be")
		}
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return missing("run scripts/models.sh, or set --models",
			"in %s: %s; without them no selfie can be judged and no faces compared", cfg.Models, strings.Join(bad, ", "))
	}
	return ok("%d files in %s, sums right", len(sums), cfg.Models)
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// checkTesseract looks for the program and the languages of the documents. The
// capture works without.
func checkTesseract(ctx context.Context, cfg doctorConfig) finding {
	const todo = "apt-get install tesseract-ocr tesseract-ocr-fra tesseract-ocr-eng"
	ctx, cancel := within(ctx)
	defer cancel()
	out, err := exec.CommandContext(ctx, cfg.Tesseract, "--list-langs").CombinedOutput()
	if err != nil {
		return advice(todo, "%s: %v", cfg.Tesseract, err)
	}
	have := strings.Fields(string(out))
	for _, language := range []string{"fra", "eng"} {
		if !slices.Contains(have, language) {
			return advice(todo, "%s has no language %s", cfg.Tesseract, language)
		}
	}
	return ok("with fra and eng")
}

// checkFonts looks for what specimens are drawn with: tests and demos need it.
func checkFonts(_ context.Context, cfg doctorConfig) finding {
	const font = "OCRB.otf"
	if _, err := os.Stat(filepath.Join(cfg.Fonts, font)); err != nil {
		return advice("apt-get install fonts-ocr-b (only to draw specimen documents)", "no %s in %s", font, cfg.Fonts)
	}
	return ok("OCR-B in %s", cfg.Fonts)
}

// checkData writes a file into the data folder, or into the nearest folder above
// that exists, and removes it.
func checkData(_ context.Context, cfg doctorConfig) finding {
	dir, made := cfg.Data, true
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return missing("set --data to a folder", "%s is a file", dir)
		}
		if err == nil {
			break
		}
		up := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || up == dir {
			return missing("set --data to a folder that this user may write to", "%v", err)
		}
		dir, made = up, false
	}
	f, err := os.CreateTemp(dir, ".visavis-doctor-*")
	if err != nil {
		return missing("give this user the right to write there, or set --data", "%v", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return missing("set --data to a folder that this user may write to", "%v", err)
	}
	if !made {
		return ok("%s can be made", cfg.Data)
	}
	return ok("%s can be written to", cfg.Data)
}

// checkPort tries the address. One that a running visavis holds is well.
func checkPort(ctx context.Context, address, setting, scheme string) finding {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err == nil {
		if err := l.Close(); err != nil {
			return missing("try again", "%v", err)
		}
		return ok("%s is free", address)
	}
	path := "/healthz"
	if scheme == "http" {
		path = "/trust" // the plain listener has no health of its own
	}
	if _, port, splitErr := net.SplitHostPort(address); splitErr == nil &&
		runHealthcheck(ctx, scheme+"://"+net.JoinHostPort("127.0.0.1", port)+path) == nil {
		return ok("%s: a server that answers is running there", address)
	}
	return missing("end what holds it (ss -ltnp), or set "+setting, "%v", err)
}

// checkAddress says which address phones will be led to.
func checkAddress(_ context.Context, cfg doctorConfig) finding {
	if cfg.PublicURL != "" {
		return ok("phones are led to %s", cfg.PublicURL)
	}
	addresses, err := localca.Addresses()
	const todo = "join a network, or set --public-url to the address that phones reach"
	switch {
	case err != nil:
		return missing(todo, "%v", err)
	case len(addresses) == 0:
		return advice(todo, "no private address: only this machine's own browser can follow the link")
	case localca.InContainer():
		return advice("set --public-url to the address of the machine around the container",
			"in a container: %s is likely not reached by phones", addresses[0])
	}
	var text []string
	for _, a := range addresses {
		text = append(text, a.String())
	}
	return ok("phones are led to %s", strings.Join(text, ", else "))
}

// checkRedis tries what the store needs: an answer, and channels of a shard, which
// came with Redis 7.
func checkRedis(ctx context.Context, cfg doctorConfig) finding {
	const todo = "start Redis or Valkey 7 or later, or correct --redis-url"
	ctx, cancel := within(ctx)
	defer cancel()
	store, err := pairing.NewRedis(ctx, pairing.RedisConfig{URLs: cfg.RedisURLs, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return missing(todo, "%v", err)
	}
	err = store.Publish(ctx, "doctor", nil)
	var away time.Duration
	if now, timeErr := store.Time(ctx); timeErr == nil {
		away = time.Since(now).Abs()
	} else {
		err = errors.Join(err, timeErr)
	}
	if err = errors.Join(err, store.Close()); err != nil {
		return missing(todo, "%v", err)
	}
	if away > time.Second {
		return missing("let both machines keep their time by NTP",
			"reached, but its clock is %s away: sessions go by it, logins and records by this machine's", away.Round(time.Millisecond))
	}
	return ok("reached, its clock agrees within a second")
}

// checkClock looks for a clock that was never set: certificates would not be
// valid yet. There is nobody to ask for the time, so it can only be too early.
func checkClock(context.Context, doctorConfig) finding {
	now := time.Now()
	if built := buildTime(); now.Before(built) {
		return missing("set the clock (timedatectl set-ntp true)", "it says %s, before this program was built at %s",
			now.UTC().Format(time.RFC3339), built.UTC().Format(time.RFC3339))
	}
	return ok("it says %s", now.UTC().Format(time.RFC3339))
}

// buildTime is the time of the commit that was built, or zero.
func buildTime() time.Time {
	info, have := debug.ReadBuildInfo()
	if !have {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key != "vcs.time" {
			continue
		}
		if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
			return t
		}
	}
	return time.Time{}
}
