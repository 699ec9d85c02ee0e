package opencv

import (
	"os"
	"testing"
	"time"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/cmd/eval/compose"
	"visavis/specimen"
)

// previewGroup is composed previews of one kind of document, as a session sees them.
type previewGroup struct {
	name   string
	frames []capture.Frame
}

// previewsEach is how many previews of a kind are measured: half of them good ones.
const previewsEach = 24

// composedPreviews are previews of drawn documents before drawn cameras. wrong are cards
// where a passport is asked for.
func composedPreviews(tb testing.TB) []previewGroup {
	tb.Helper()
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: os.Getenv("VISAVIS_MODELS") + "/astronaut.png"})
	if err != nil {
		tb.Skip("no typefaces to draw with: ", err)
	}
	documents, err := compose.Drawn(2, assets)
	if err != nil {
		tb.Fatal(err)
	}
	groups := []previewGroup{{name: "card-front"}, {name: "card-back"}, {name: "permit-front"}, {name: "permit-back"},
		{name: "passport"}, {name: "wrong"}}
	for i := range groups {
		var list []compose.Document
		for _, d := range documents {
			name := map[capture.Document]string{capture.IdentityCard: "card", capture.ResidencePermit: "permit"}[d.Asked]
			name += map[capture.Step]string{capture.DocumentFront: "-front", capture.DocumentBack: "-back"}[d.Step]
			if d.Asked == capture.Passport {
				name = "passport"
			}
			switch {
			case groups[i].name == name:
				list = append(list, d)
			case groups[i].name == "wrong" && name == "card-front":
				d.Asked = capture.Passport
				list = append(list, d)
			}
		}
		composer := compose.Composer{Documents: list, Seed: uint64(77 + i)}
		for n := range previewsEach {
			f, err := composer.Frame(n)
			if err != nil {
				tb.Fatal(err)
			}
			frame, err := capture.NewFrame(f.Document.Step, capture.Preview, f.Document.Asked, 1, time.Time{}, f.JPEG)
			if err != nil {
				tb.Fatal(err)
			}
			groups[i].frames = append(groups[i].frames, frame)
		}
	}
	return groups
}

// BenchmarkPreviews measures a verdict over composed previews of every kind, and the
// grey decode of the same frames, which is what the ratios are to.
func BenchmarkPreviews(b *testing.B) {
	a, err := New(Config{ModelDir: os.Getenv("VISAVIS_MODELS")})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	for _, g := range composedPreviews(b) {
		for _, f := range g.frames { // makes tables and loads networks first
			if _, err := a.Analyze(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(g.name+"/decode", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				m, err := pixel.Decode(g.frames[i%len(g.frames)], false, 1)
				m.Close()
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(g.name+"/verdict", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := a.Analyze(b.Context(), g.frames[i%len(g.frames)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
