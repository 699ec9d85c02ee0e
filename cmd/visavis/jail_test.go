package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"slices"
	"strings"
	"testing"

	"visavis/capture/worker"
	"visavis/capture/worker/jail"
	"visavis/identity"
)

// What an attacker inside of a worker would do is refused, in a worker started as the server starts them. Where the
// kernel lacks a part of the jail the test says which, and the other parts hold.
func TestTheJailOfAWorkerHolds(t *testing.T) {
	tries, err := worker.TryJail(t.Context(), worker.Config{
		Command: []string{os.Args[0], "-test.run=^TestWorkerProcess$"},
		Env:     []string{workerChild + "=" + insideSelfTest, variable("models") + "=" + modelsFolder(t)},
		// The race detector's own memory would not fit in.
		AddressSpace: worker.Unlimited, Data: worker.Unlimited,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range tries.Lacks {
		t.Logf("this kernel lacks %s", part)
	}
	if slices.Contains(tries.Lacks, jail.PartAll) {
		return
	}
	if escaped := tries.Escaped(); len(escaped) > 0 {
		t.Errorf("a worker can: %s", strings.Join(escaped, ", "))
	}
	const least = 24
	if len(tries.Tries) < least {
		t.Errorf("%d attempts, want %d", len(tries.Tries), least)
	}
}

// The jail leaves what a worker needs: tesseract reads its language files after it, when somebody first reads print.
func TestAJailedWorkerReadsPrintAndZones(t *testing.T) {
	p := realWorkers(t, 1)
	page := image.NewGray(image.Rect(0, 0, 1200, 800))
	for i := range page.Pix {
		page.Pix[i] = 220
	}
	for x := 200; x < 1000; x += 8 { // bars of print
		for y := range 30 {
			page.SetGray(x, 400+y, color.Gray{Y: 20})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, page, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.ReadFields(t.Context(), identity.FieldRequest{
		JPEG: b.Bytes(), Side: identity.Front, Kind: identity.KindIdentityCard}); err != nil {
		t.Errorf("print: %v", err)
	}
	if _, err := p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: b.Bytes()}); err != nil {
		t.Errorf("zone: %v", err)
	}
	if _, err := p.CompareFaces(t.Context(), identity.FacePair{A: b.Bytes(), B: b.Bytes()}); err != nil {
		t.Errorf("faces: %v", err)
	}
	if s := p.Stats(); s.Restarts > 0 {
		t.Errorf("%+v, want no worker lost", s)
	}
}
