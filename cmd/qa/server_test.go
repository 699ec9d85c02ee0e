package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"image"
	"image/jpeg"
	"log/slog"
	"math"
	"net/http/httptest"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"visavis/capture"
	"visavis/client"
	"visavis/pairing"
	"visavis/server"
	"visavis/specimen"
)

// startServer runs the real server, with its real limits, in this process. Only
// the analysis is another: roughAnalysis, which needs no OpenCV.
func startServer(t *testing.T) string {
	t.Helper()
	store := pairing.NewMemory(pairing.MemoryLimits{})
	service, err := pairing.NewService(store, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32), SessionsPerHour: 1000, ClaimsPer10Min: 1000, InvitesPer10Min: 1000})
	if err != nil {
		t.Fatal(err)
	}
	page := &fstest.MapFile{Data: []byte("<!doctype html><title>page</title>")}
	http := httptest.NewUnstartedServer(nil)
	s, err := server.New(server.Config{
		Service:   service,
		Analyzer:  capture.AnalyzerFunc(roughAnalysis),
		Static:    fstest.MapFS{"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page, "js/a.js": page},
		Site:      "QA",
		Companion: true,
		Origin:    func() string { return http.URL },
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	http.Config.Handler = s.Handler()
	http.StartTLS()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		http.Close()
		if err := store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return http.URL
}

// roughAnalysis measures drawn pictures well enough to tell the scenarios'
// conditions apart: is the middle another colour than the edge, is it light, is it
// sharp. It says nothing about real pictures.
func roughAnalysis(_ context.Context, f capture.Frame) (capture.Measurements, error) {
	img, err := jpeg.Decode(bytes.NewReader(f.JPEG))
	if err != nil {
		return capture.Measurements{}, &capture.FrameError{Code: "bad-image", Measured: err.Error(), Wanted: "a JPEG"}
	}
	w, h := float64(f.Width), float64(f.Height)
	m := capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step}
	if f.WantThumbnail {
		m.Thumbnail = []byte("thumbnail")
	}
	middle := measure(img, 0.3, 0.3, 0.7, 0.7)
	edge := measure(img, 0, 0, 0.06, 1)
	print := make([]byte, 64)
	if f.Step == capture.Selfie {
		m.Face = &capture.FaceMeasurements{
			Count: 1, Confidence: 0.9, Box: [4]float64{w * .3, h * .25, w * .4, h * .5}, Height: 0.5, EyesOpen: 0.9,
			Sharpness: 0.8, Brightness: middle.light, Evenness: 0.9, FrameBrightness: middle.light, Print: print,
		}
		return m, nil
	}
	found := math.Abs(middle.light-edge.light) > 0.22*math.Max(middle.light, edge.light) && middle.light > edge.light
	d := &capture.DocumentMeasurements{FrameBrightness: middle.light, Print: print}
	m.Document = d
	if !found {
		return m, nil
	}
	d.Found, d.Confidence, d.Shape, d.Aspect = true, 0.9, capture.ShapeCard, 1.586
	d.Corners = [4]capture.Point{{X: w * .15, Y: h * .15}, {X: w * .85, Y: h * .15}, {X: w * .85, Y: h * .85}, {X: w * .15, Y: h * .85}}
	d.Fill, d.Area, d.Margin = 0.8, 0.5, 0.1
	d.Brightness, d.Contrast, d.Saturation, d.LetterHeight, d.DPI = middle.light, 120, 40, 20, 300
	d.Sharpness = math.Min(1, middle.detail/9)
	if f.Step == capture.DocumentFront {
		d.Portrait = 0.9
	} else {
		d.MRZLines, d.MRZConfidence = 3, 0.9
	}
	return m, nil
}

type patch struct{ light, detail float64 }

// measure returns mean luminance and mean change between neighbours of a part of
// the picture, given as shares of its sides.
func measure(img image.Image, x0, y0, x1, y1 float64) patch {
	y := img.(*image.YCbCr)
	w, h := float64(y.Rect.Dx()), float64(y.Rect.Dy())
	var p patch
	n := 0.0
	for j := int(y0 * h); j < int(y1*h)-1; j++ {
		for i := int(x0 * w); i < int(x1*w)-1; i++ {
			at := y.YOffset(i, j)
			p.light += float64(y.Y[at])
			p.detail += math.Abs(float64(y.Y[at]) - float64(y.Y[at+1]))
			n++
		}
	}
	return patch{p.light / n, p.detail / n}
}

// notUnderRace skips a test that draws pictures against the clock: the race detector
// makes drawing ten times slower, so that the times of the scenarios would measure
// it and not the server.
func notUnderRace(t *testing.T) {
	t.Helper()
	info, _ := debug.ReadBuildInfo()
	if info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("drawing is too slow under the race detector; scripts/test.sh runs this without it")
	}
}

// The eight scenarios pass against the real server over real sockets.
func TestScenariosPass(t *testing.T) {
	notUnderRace(t)
	paths, err := filepath.Glob("scenarios/*.yaml")
	if err != nil || len(paths) != 8 {
		t.Fatalf("scenarios: %d files, %v; want 8", len(paths), err)
	}
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		t.Fatal(err)
	}
	url := startServer(t)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			playFile(t, path, Options{Client: client.Config{Server: url, TLS: &tls.Config{InsecureSkipVerify: true}, Language: "fr"}, Assets: assets})
		})
	}
}
