package enrolments_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/identity"
	"visavis/specimen"
)

// reader reads every document as its text says, and compares every pair of faces
// as its score says.
type reader struct {
	mu    sync.Mutex
	lines []string
	print []identity.Field
	title identity.Kind
	score float64
	hold  chan struct{} // closed when readings may go on; nil: at once
	asked int
	// blurred is how many readings to come have a digit that was not seen well.
	blurred int
}

func (r *reader) ReadZone(ctx context.Context, _ identity.ZoneRequest) (identity.ZoneReading, error) {
	r.mu.Lock()
	hold, lines := r.hold, r.lines
	r.asked++
	sure := 0.95
	if r.blurred > 0 {
		r.blurred--
		birth := lines[1][13:19]
		lines, sure = []string{lines[0], strings.Replace(lines[1], birth, "8"+birth[1:], 1)}, 0.3
	}
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return identity.ZoneReading{}, ctx.Err()
		}
	}
	seen := identity.Sighting{Lines: lines}
	for _, line := range lines {
		seen.Sure = append(seen.Sure, slices.Repeat([]float64{sure}, len(line)))
	}
	reading, worst := identity.ReadSighting(seen)
	return identity.ZoneReading{Reading: reading, Recognised: lines, Sure: seen.Sure, Confidence: worst}, nil
}

// times is how often a zone was asked for.
func (r *reader) times() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *reader) ReadFields(context.Context, identity.FieldRequest) (identity.PrintedSide, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return identity.PrintedSide{Kind: r.title, Fields: r.print, Words: 20}, nil
}

func (r *reader) CompareFaces(context.Context, identity.FacePair) (identity.FaceScore, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return identity.FaceScore{Score: r.score, FoundA: true, FoundB: true}, nil
}

// passport is what a passport says.
type passport struct{ code, surname, given, birth, expiry string }

func (p passport) lines(t *testing.T) []string {
	t.Helper()
	digit := func(s string) string {
		d, err := specimen.CheckDigit(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(d)
	}
	pad := func(s string, n int) string { return (s + "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<")[:n] }
	number := "24AB12345"
	second := number + digit(number) + "FRA" + p.birth + digit(p.birth) + "F" + p.expiry + digit(p.expiry) + pad("", 14)
	second += digit(pad("", 14))
	return []string{pad(pad(p.code, 2)+"FRA"+p.surname+"<<"+p.given, 44), second +
		digit(second[0:10]+second[13:20]+second[21:43])}
}

func inYears(n int) string { return time.Now().AddDate(n, 0, 0).Format("060102") }

// valid is the passport of the demonstration's first applicant.
func valid() passport {
	return passport{"P", "SPECIMEN", "MAEVA<CLAIRE", "900713", inYears(5)}
}

// testJPEG draws a small picture that the header check takes; n makes it differ.
func testJPEG(t *testing.T, n int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 960, 720))
	for i := range 40 {
		img.Set(i*8+n%300, 10+n%300, color.RGBA{uint8(n * 20), uint8(n / 7), 50, 255})
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}
