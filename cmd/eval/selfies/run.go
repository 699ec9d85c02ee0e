package selfies

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/image/draw"

	"visavis/capture"
	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/subject"
	"visavis/identity"
)

// Options say what is measured.
type Options struct {
	// Dir is a folder of labelled images.
	Dir string
	// Engine measures. Required.
	Engine Engine
	// Backgrounds are what lies behind the faces. Required.
	Backgrounds []*image.RGBA
	Workers     int
	Seed        uint64
	// Show gets every composed picture with its name, where it is not nil.
	Show func(name string, jpeg []byte) error
	Log  io.Writer
}

// judged is a composed selfie and what was judged of it.
type judged struct {
	shot
	person  string
	tone    Tone // of the skin: made, or measured in the portrait
	good    bool // accepted
	hint    capture.Hint
	covered bool // it was noticed that eyes or mouth are hidden, which is advice
}

// pair of pictures of faces that were compared.
type pair struct {
	same  bool
	a, b  Tone // of the persons
	score float64
}

// Result is what a run has measured.
type Result struct {
	portraits, people int
	used              int            // portraits that selfies were composed of
	left              map[string]int // why others were not
	shots             []judged
	pairs             []pair
	unknown           int // pairs with a person whose tone was not measured
}

// ofEachPerson is of how many portraits of one person selfies are composed at most: more of them
// are alike.
const ofEachPerson = 4

// othersThinned is of how many pairs of two persons one is compared.
const othersThinned = 3

// Run composes and judges the selfies and compares the pairs.
func Run(ctx context.Context, o Options) (Result, error) {
	all, err := o.sources(ctx)
	if err != nil {
		return Result{}, err
	}
	out := Result{portraits: len(all), left: map[string]int{}}
	var used []source
	people := map[string]int{} // and how many portraits are used of each
	for _, s := range all {
		n := people[s.person]
		if s.left == "" && n == ofEachPerson {
			s.left = fmt.Sprintf("more than %d of a person", ofEachPerson)
		}
		if s.left != "" {
			out.left[s.left]++
		} else {
			used, n = append(used, s), n+1
		}
		people[s.person] = n
	}
	if out.people, out.used = len(people), len(used); len(used) == 0 || len(o.Backgrounds) == 0 {
		return out, fmt.Errorf("selfies: %d portraits and %d backgrounds to compose of", len(used), len(o.Backgrounds))
	}
	if err := o.dropBackgroundsWithFaces(ctx); err != nil {
		return out, err
	}
	fmt.Fprintf(o.Log, "%d of %d portraits, %d backgrounds without a face\n", len(used), len(all), len(o.Backgrounds))
	if out.shots, err = o.judge(ctx, used); err != nil {
		return out, err
	}
	fmt.Fprintf(o.Log, "%d selfies\n", len(out.shots))
	out.pairs, out.unknown, err = o.compare(ctx, all)
	return out, err
}

// shortSide is what a still has at least, pixels.
const shortSide = 480

// dropBackgroundsWithFaces keeps the backgrounds in which no face is found: a second face would be
// composing's fault.
func (o *Options) dropBackgroundsWithFaces(ctx context.Context) error {
	var empty []*image.RGBA
	for _, b := range o.Backgrounds {
		times := max(1, shortSide/min(b.Rect.Dx(), b.Rect.Dy())+1)
		large := image.NewRGBA(image.Rect(0, 0, times*b.Rect.Dx(), times*b.Rect.Dy()))
		draw.BiLinear.Scale(large, large.Rect, b, b.Rect, draw.Src, nil)
		var out bytes.Buffer
		if err := jpeg.Encode(&out, large, nil); err != nil {
			return err
		}
		m, err := compose.Measured(ctx, o.Engine, capture.Selfie, capture.Still, "", out.Bytes())
		if err != nil {
			return err
		}
		if m.Face.Count == 0 {
			empty = append(empty, b)
		}
	}
	if o.Backgrounds = empty; len(empty) == 0 {
		return errors.New("selfies: no background without a face")
	}
	return nil
}

func (o Options) judge(ctx context.Context, used []source) ([]judged, error) {
	type job struct {
		shot
		of int
	}
	var jobs []job
	for i, s := range used {
		for _, h := range shots(ToneOf(s.ita)) {
			jobs = append(jobs, job{h, i})
		}
	}
	out := make([]judged, len(jobs))
	limits := capture.DefaultLimits()
	err := subject.Each(ctx, o.Workers, len(jobs), func(ctx context.Context, i int) error {
		s := used[jobs[i].of]
		r := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		other := used[(jobs[i].of+1+r.IntN(max(1, len(used)-1)))%len(used)]
		picture, err := jobs[i].compose(s, other, o.Backgrounds[r.IntN(len(o.Backgrounds))], r)
		if err != nil {
			return err
		}
		m, err := compose.Measured(ctx, o.Engine, capture.Selfie, capture.Still, "", picture)
		if err != nil {
			return fmt.Errorf("%s, %+v: %w", s.file, jobs[i].shot, err)
		}
		v := capture.Judge(capture.FrameInfo{Step: capture.Selfie, Kind: capture.Still}, m, nil, limits)
		j := judged{shot: jobs[i].shot, person: s.person, tone: ToneOf(s.ita), good: v.Good, hint: v.Hint}
		if j.made != "" {
			j.tone = j.made
		}
		j.covered = slices.ContainsFunc(v.Checks, func(c capture.Check) bool { return c.Name == "covered" && !c.OK })
		out[i] = j
		if o.Show == nil {
			return nil
		}
		return o.Show(fmt.Sprintf("%04d %s %s %s %s %t %s", i, j.light, j.worn, j.made, j.fault, j.good, j.hint), picture)
	})
	return out, err
}

// compare compares the pairs of pairs.tsv and gives each person the tone of the median angle of
// the pictures that look into the camera.
func (o Options) compare(ctx context.Context, all []source) ([]pair, int, error) {
	angles, person := map[string][]float64{}, map[string]string{}
	for _, s := range all {
		person[s.file] = s.person
		if s.frontal {
			angles[s.person] = append(angles[s.person], s.ita)
		}
	}
	toneOf := func(file string) Tone {
		name := person[file]
		if name == "" { // the document of a person whose selfie is there
			name = personOf.ReplaceAllString(filepath.Base(file), "")
		}
		a := angles[name]
		if len(a) == 0 {
			return ""
		}
		slices.Sort(a)
		return ToneOf(a[len(a)/2])
	}
	rows, _, err := subject.ReadTable(o.Dir, "pairs.tsv")
	if err != nil {
		return nil, 0, err
	}
	others := 0
	rows = slices.DeleteFunc(rows, func(r subject.Row) bool {
		if r["same"] == "1" {
			return false
		}
		others++
		return others%othersThinned != 0
	})
	tones := make([]pair, len(rows))
	unknown := 0
	for i, r := range rows {
		tones[i] = pair{same: r["same"] == "1", a: toneOf(r["file_a"]), b: toneOf(r["file_b"])}
		if tones[i].a == "" || tones[i].b == "" {
			unknown++
		}
	}
	err = subject.Each(ctx, o.Workers, len(rows), func(ctx context.Context, i int) error {
		var pictures [2][]byte
		for k, f := range []string{rows[i]["file_a"], rows[i]["file_b"]} {
			var err error
			if pictures[k], err = o.picture(f); err != nil {
				return err
			}
		}
		var got identity.FaceScore
		err := compose.Again(func() (err error) {
			got, err = o.Engine.CompareFaces(ctx, identity.FacePair{A: pictures[0], B: pictures[1]})
			return err
		})
		if err != nil {
			return fmt.Errorf("pair %d: %w", i, err)
		}
		tones[i].score = -1 // no face matches nothing
		if got.FoundA && got.FoundB {
			tones[i].score = got.Score
		}
		return nil
	})
	return tones, unknown, err
}

// picture is a file as it is where it may be sent, as a JPEG otherwise.
func (o Options) picture(file string) ([]byte, error) {
	name := filepath.Join(o.Dir, file)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if _, err = capture.NewPicture(data); err == nil {
		return data, nil
	}
	img, _, err := readPortrait(name)
	if err != nil {
		return nil, err
	}
	return compose.Encoded(img, 95)
}
