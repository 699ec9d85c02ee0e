package capture

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// CameraReport is what a phone's page says about the camera that it has opened. A client
// says it, so it proves nothing: it may raise a doubt, and its absence raises none.
type CameraReport struct {
	// Facing that the page asked for: "user" for selfies, "environment" for documents.
	Facing string
	// Label of the camera, as the browser names it.
	Label string
	// What the browser reports as the camera's settings. Zero or empty: not reported.
	ReportedFacing                string
	ReportedWidth, ReportedHeight int     // pixels
	ReportedRate                  float64 // frames a second
	// Width and Height of the video that is shown, pixels.
	Width, Height int
	// MaxWidth and MaxHeight that the browser says the camera is capable of, pixels. 0: not said.
	MaxWidth, MaxHeight int
	// Able names what can be set on the camera, such as "torch", "zoom" or "focusMode".
	Able []string
	// Times at which frames were captured, milliseconds from the first one, by the
	// camera's clock. Empty: the browser does not tell.
	Times []float64
	// Frames is how many frames were looked at, Distinct how many pictures they showed.
	Frames, Distinct int
	// Luma is how bright the frames that were looked at were, in their order: mean green
	// levels, 0..255. Empty: not told.
	Luma []float64
	// OpenedIn is from asking for the camera to its first picture, milliseconds, with the time
	// that a person took to allow it. 0: not told.
	OpenedIn int
	// Resize is what came of asking the camera for another size. Nil: it was not asked, or
	// nothing is known.
	Resize *CameraResize
	// Torch is what came of asking the camera to show its torch. Nil: it was not asked, or
	// nothing is known.
	Torch *CameraTorch
}

// CameraResize is what came of asking a camera for another of its own sizes.
type CameraResize struct {
	Width, Height                 int  // asked for, pixels
	Refused                       bool // the camera has no such size
	ReportedWidth, ReportedHeight int  // as its settings afterwards
	ShownWidth, ShownHeight       int  // of the video afterwards
	Took                          int  // from asking to the first frame of that size, milliseconds
}

// CameraTorch is what came of lighting a torch for a moment, or of putting out one that the
// person had lit. Levels are mean green ones, 0..255, of TorchParts parts of the picture,
// its rows from the top.
type CameraTorch struct {
	Off     bool // it was put out
	Refused bool // the browser knows of no torch, whatever is claimed
	// Before are the levels of the frame before asking, During those of the frame that differs
	// most from it while the torch is changed, After of the one that then differs most from that.
	Before, During, After []float64
	Took                  int // from asking to the first frame with half of the change, milliseconds
}

// TorchParts is how many parts of a picture a CameraTorch tells of: 4 across, 3 down.
const TorchParts = 12

// The doubts about a camera.
const (
	// DoubtVirtualCamera: the label is that of a program that plays a camera.
	DoubtVirtualCamera = "virtual-camera"
	// DoubtCameraSize: the video's size is not the reported one, or more than the camera is
	// capable of.
	DoubtCameraSize = "camera-size"
	// DoubtCameraFacts: what is said about the camera does not fit a phone's.
	DoubtCameraFacts = "camera-facts"
	// DoubtFrameTimes: frames came at exact times, as a program produces them.
	DoubtFrameTimes = "frame-times"
	// DoubtRepeatedFrames: frames repeat to the bit, which a sensor's noise never does.
	DoubtRepeatedFrames = "repeated-frames"
	// DoubtExposureSettles: the picture is as bright from its first frame on, where a sensor's
	// exposure settles and a hand moves.
	DoubtExposureSettles = "exposure-settles"
	// DoubtCameraOpens: the first picture came sooner than a sensor starts.
	DoubtCameraOpens = "camera-opens"
	// DoubtCameraResizes: the camera refuses a size that sensors have, grants it and shows
	// another, or shows it sooner than a sensor is set anew.
	DoubtCameraResizes = "camera-resizes"
	// DoubtTorchNotSeen: the torch that is claimed did not change the picture.
	DoubtTorchNotSeen = "torch-not-seen"
)

// CameraDoubts are the doubts about a camera in their order.
func CameraDoubts() []string {
	return []string{DoubtVirtualCamera, DoubtCameraSize, DoubtCameraFacts, DoubtFrameTimes, DoubtRepeatedFrames,
		DoubtExposureSettles, DoubtCameraOpens, DoubtCameraResizes, DoubtTorchNotSeen}
}

// leastFrames is the smallest number of frames of which times, repetition and brightness
// tell anything.
const leastFrames = 20

// CameraScores are the scores of a report by doubt. What the report does not tell has no
// score.
func CameraScores(r CameraReport) map[string]float64 {
	scores := map[string]float64{DoubtVirtualCamera: 1, DoubtCameraSize: 1, DoubtCameraFacts: cameraFacts(r)}
	if virtualLabel(r.Label) {
		scores[DoubtVirtualCamera] = 0
	}
	if !r.sizeHolds() {
		scores[DoubtCameraSize] = 0
	}
	if off, ok := offGrid(r.Times); ok {
		scores[DoubtFrameTimes] = off
	}
	if r.Frames >= leastFrames && r.Distinct <= r.Frames {
		scores[DoubtRepeatedFrames] = float64(r.Distinct) / float64(r.Frames)
	}
	if moved, ok := brightnessMoved(r.Luma); ok {
		scores[DoubtExposureSettles] = moved
	}
	if r.OpenedIn > 0 {
		scores[DoubtCameraOpens] = float64(r.OpenedIn)
	}
	if r.Resize != nil {
		scores[DoubtCameraResizes] = r.Resize.score()
	}
	if r.Torch != nil && r.claims("torch") {
		if followed, ok := r.Torch.score(); ok {
			scores[DoubtTorchNotSeen] = followed
		}
	}
	return scores
}

// virtualCameras are what the labels of programs that play a camera have: parts of words, and
// words or several of them between spaces where a real camera's name has such a part. All
// in lower case.
var virtualCameras = []string{
	"virtual", " obs ", "manycam", "snap camera", "xsplit", "v4l2", "loopback", "dummy video", "droidcam", "iriun",
	"epoccam", " camo ", " ndi ", "splitcam", "youcam", "webcamoid", "e2esoft", "vcam", "fake", "avatarify", "mmhmm",
	" unity ", "screen capture", "akvcam",
}

func virtualLabel(label string) bool {
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	words := strings.FieldsFunc(strings.ToLower(label), between)
	label = " " + strings.Join(words, " ") + " "
	return slices.ContainsFunc(virtualCameras, func(part string) bool { return strings.Contains(label, part) })
}

// phoneAbilities are what a phone's camera lets a page set. Browsers name some of them,
// never all.
var phoneAbilities = []string{
	"torch", "zoom", "focusMode", "focusDistance", "exposureMode", "exposureCompensation", "exposureTime", "iso",
	"whiteBalanceMode", "colorTemperature",
}

// sizeHolds reports whether the video has the reported size, which a phone that is held
// upright turns, and no more than the camera is capable of. What is not reported holds.
func (r CameraReport) sizeHolds() bool {
	w, h := r.ReportedWidth, r.ReportedHeight
	same := w == 0 && h == 0 || w == r.Width && h == r.Height || w == r.Height && h == r.Width
	most := max(r.MaxWidth, r.MaxHeight)
	return same && (most == 0 || max(r.Width, r.Height) <= most)
}

// score is how long the camera took to show the size that it was asked for, in milliseconds;
// 0 if it never did, or reports another one.
func (r CameraResize) score() float64 {
	as := func(w, h int) bool { return w == r.Width && h == r.Height || w == r.Height && h == r.Width }
	if r.Refused || !as(r.ReportedWidth, r.ReportedHeight) || !as(r.ShownWidth, r.ShownHeight) {
		return 0
	}
	return float64(r.Took)
}

// nearWhite is the level above which a part of a picture can hardly get lighter, and
// nearBlack the least level that counts as one.
const (
	nearWhite = 215
	nearBlack = 8
)

// score is how far the picture followed the torch and came back, in percent of how bright it
// was: the mean of its parts that could follow. 0 if the browser knows of no torch. False
// where half of the parts or more are too bright to show one, and without levels.
func (t CameraTorch) score() (float64, bool) {
	if t.Refused {
		return 0, true
	}
	if len(t.Before) != TorchParts || len(t.During) != TorchParts || len(t.After) != TorchParts {
		return 0, false
	}
	way := 1.0
	if t.Off {
		way = -1
	}
	change, level, parts := 0.0, 0.0, 0
	for i, before := range t.Before {
		if !t.Off && before > nearWhite {
			continue
		}
		change += min(way*(t.During[i]-before), way*(t.During[i]-t.After[i]))
		level, parts = level+before, parts+1
	}
	if 2*parts <= TorchParts {
		return 0, false
	}
	return 100 * max(0, change/max(level, nearBlack*float64(parts))), true
}

func (r CameraReport) claims(able string) bool { return slices.Contains(r.Able, able) }

// cameraFacts is the share, 0..1, of what holds for the camera of a phone: it looks where
// it was asked to, its video has a sensor's proportions, it has a rate, something of it can
// be set, and a torch is claimed by a camera alone that looks away from the person and says
// so: browsers that tell of torches tell where every phone's camera looks.
func cameraFacts(r CameraReport) float64 {
	long, short := float64(max(r.Width, r.Height)), float64(min(r.Width, r.Height))
	facts := []bool{
		r.Facing != "" && r.ReportedFacing == r.Facing,
		short > 0 && (near(long/short, 4.0/3) || near(long/short, 16.0/9)),
		r.ReportedRate > 0 && r.ReportedRate <= 240,
		slices.ContainsFunc(phoneAbilities, r.claims),
		!r.claims("torch") || r.ReportedFacing == "environment",
	}
	held := 0
	for _, fact := range facts {
		if fact {
			held++
		}
	}
	return float64(held) / float64(len(facts))
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.02*b }

// nominalRates are frames a second that programs play videos at.
var nominalRates = []float64{10, 12, 15, 20, 24, 25, 30, 50, 60}

// offGrid is how far frames are from the times of a nominal rate, in milliseconds, as the
// root of the mean square, for the rate that fits best. A sensor's clock differs from the
// computer's, and the exposure from frame to frame. Frames that were left out do not
// matter. False with too few frames.
func offGrid(times []float64) (float64, bool) {
	if len(times) < leastFrames {
		return 0, false
	}
	best := math.Inf(1)
	for _, rate := range nominalRates {
		period := 1000 / rate
		sum, squares := 0.0, 0.0
		for _, t := range times {
			off := t - period*math.Round(t/period)
			sum, squares = sum+off, squares+off*off
		}
		n := float64(len(times))
		// Times at random lie a uniform distance from a grid. Only a closer grid than that
		// counts, so that a fine one does not win by being fine.
		off := math.Sqrt(max(0, squares/n-(sum/n)*(sum/n)))
		if off < period/8 {
			best = min(best, off)
		}
	}
	if math.IsInf(best, 1) {
		best = 1000 / nominalRates[len(nominalRates)-1] / 8
	}
	return best, true
}

// brightnessMoved is how far the brightness of frames moves about its middle, as the root of
// the mean square in percent of it. False with too few frames, and where they are too dark
// or too bright to tell.
func brightnessMoved(luma []float64) (float64, bool) {
	if len(luma) < leastFrames {
		return 0, false
	}
	middle := slices.Sorted(slices.Values(luma))[len(luma)/2]
	if middle < 8 || middle > 247 {
		return 0, false
	}
	sum := 0.0
	for _, v := range luma {
		sum += (v - middle) * (v - middle)
	}
	return 100 * math.Sqrt(sum/float64(len(luma))) / middle, true
}

// Camera records the doubts about a camera for the step that is taken with it: the open
// one if it faces the same way, otherwise the last one that does. The worst report of a step
// counts: a page that is loaded again under another label takes no doubt back. Camera reports
// whether a doubt was recorded.
func (f *Flow) Camera(r CameraReport) bool {
	s := f.taken(r.Facing)
	if s == nil {
		return false
	}
	scores, limits, changed := CameraScores(r), f.limits().Presence, false
	for _, name := range CameraDoubts() {
		if score, known := scores[name]; known {
			changed = s.worsen(Doubt{name, score, limits.Of(name)}) || changed
		}
	}
	return changed
}

// taken returns the step that is taken with a camera of a facing, or nil.
func (f *Flow) taken(facing string) *StepRecord {
	fits := func(s *StepRecord) bool { return facing == "user" == (s.Step == Selfie) }
	if s := f.open(); s != nil && fits(s) {
		return s
	}
	for i := range slices.Backward(f.Steps) {
		if s := &f.Steps[i]; fits(s) && s.Accepted {
			return s
		}
	}
	return nil
}

// aboutCamera reports whether a doubt is about the camera, not about a picture.
func (d Doubt) aboutCamera() bool { return slices.Contains(CameraDoubts(), d.Name) }
