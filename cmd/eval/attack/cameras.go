package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"visavis/capture"
)

// model is a camera with its browser, as their documentation describes them.
type model struct {
	name, label, front string
	facing             bool // the browser reports where it looks
	able, ableFront    []string
	width, height      int
	maxWidth           int
	clock              float64 // of the camera against the computer's, share
	jitter             float64 // of a frame's time, ms
	times              bool    // the browser tells when a frame was captured
	dark               float64 // how often the exposure lengthens frames
	repeats            float64 // share of frames that the pipeline shows twice
	opens              float64 // from asking for it to the first picture, ms, of most phones with it
	resizes            float64 // from asking for another size to its first frame, ms; 0: it is not asked
}

var (
	androidAble = []string{"exposureCompensation", "exposureMode", "exposureTime", "focusDistance", "focusMode", "iso",
		"torch", "whiteBalanceMode", "zoom"}
	androidFront = []string{"exposureCompensation", "exposureMode", "iso", "whiteBalanceMode"}
	iosAble      = []string{"focusDistance", "torch", "whiteBalanceMode", "zoom"}
	iosFront     = []string{"whiteBalanceMode", "zoom"}
	webcamAble   = []string{"brightness", "colorTemperature", "contrast", "exposureMode", "exposureTime",
		"whiteBalanceMode"}
)

// models are phones' and laptops' cameras in the browsers that people have.
func models() []model {
	return []model{
		{"Chrome on Android, 1", "camera2 0, facing back", "camera2 1, facing front", true, androidAble, androidFront, 1920, 1080, 4000, 3e-4, 0.4, true, 0.3, 0.004, 650, 420},
		{"Chrome on Android, 2", "camera2 2, facing back", "camera2 1, facing front", true, androidAble, androidFront, 1920, 1080, 4608, -2e-4, 0.12, true, 0.2, 0, 450, 300},
		{"Chrome on Android, 3", "camera 0, facing back", "camera 1, facing front", true, androidAble, androidFront, 1280, 720, 1280, 8e-5, 1.5, true, 0.5, 0.01, 900, 550},
		{"Samsung Internet", "camera2 0, facing back", "camera2 3, facing front", true, androidAble, androidFront, 1920, 1080, 4032, -4e-4, 0.3, true, 0.3, 0.004, 600, 380},
		{"Safari on iOS 18", "Back Dual Wide Camera", "Front Camera", true, iosAble, iosFront, 1920, 1080, 4032, 5e-5, 0.25, true, 0.2, 0, 400, 0},
		{"Safari on iOS 16", "Caméra arrière", "Caméra avant", true, nil, nil, 1920, 1080, 4032, 5e-5, 0, false, 0.2, 0, 450, 0},
		{"Chrome on iOS", "Caméra arrière", "Caméra avant", true, iosAble, iosFront, 1920, 1080, 4032, 5e-5, 0.3, true, 0.2, 0, 450, 0},
		{"Firefox on Android", "Facing back:0", "Facing front:1", true, nil, nil, 1280, 720, 0, 0, 0, false, 0.3, 0.01, 800, 450},
		{"Chrome on a laptop", "Integrated Camera (04f2:b6d9)", "Integrated Camera (04f2:b6d9)", false, webcamAble, webcamAble, 1280, 720, 1280, 2e-4, 0.8, true, 0.4, 0.01, 900, 500},
		{"Safari on a laptop", "FaceTime HD Camera", "FaceTime HD Camera", true, nil, nil, 1280, 720, 1280, 1e-4, 0.3, true, 0.2, 0, 700, 0},
	}
}

// frames that a page looks at.
const frames = 60

// honestCamera is the report of a model. How it opens, how bright it is and how it answers are drawn
// apart, from more.
func honestCamera(m model, r, more *rand.Rand) capture.CameraReport {
	c := capture.CameraReport{Facing: "environment", Label: m.label, Able: m.able, Width: m.width, Height: m.height,
		MaxWidth: m.maxWidth, MaxHeight: m.maxWidth, ReportedWidth: m.width, ReportedHeight: m.height, ReportedRate: 30,
		Frames: frames}
	if r.IntN(2) == 0 {
		c.Facing, c.Label, c.Able = "user", m.front, m.ableFront
	}
	if m.facing {
		c.ReportedFacing = c.Facing
	}
	if r.IntN(3) > 0 { // held upright
		c.Width, c.Height = c.Height, c.Width
	}
	period := 1000.0 / 30 * (1 + m.clock)
	if r.Float64() < m.dark {
		period = 1000.0 / (12 + 17*r.Float64()) // as long as the light needs
	}
	at := 0.0
	repeated := 0
	for i := range frames {
		if m.times {
			c.Times = append(c.Times, math.Max(0, rounded(at+m.jitter*r.NormFloat64())))
		}
		at += period
		if r.IntN(40) == 0 {
			at += period // one that the browser left out
		}
		if i > 0 && r.Float64() < m.repeats {
			repeated++
		}
	}
	c.Distinct = frames - repeated
	c.OpenedIn = int(m.opens * math.Exp(0.35*more.NormFloat64()))
	if more.IntN(3) == 0 {
		c.OpenedIn += 1000 + more.IntN(5000) // the person is asked
	}
	c.Luma = brightness(more, held(more), more.IntN(4) > 0)
	c.Resize = m.resized(c, more)
	return c
}

// resizeLimit is how long a page waits for another size, ms.
const resizeLimit = 600

// resized is what comes of asking a camera for documents for 640 × 480 before it is closed;
// nil where it is not asked, or not in time. One in a hundred has no such size.
func (m model) resized(c capture.CameraReport, r *rand.Rand) *capture.CameraResize {
	took := int(m.resizes * math.Exp(0.35*r.NormFloat64()))
	refuses := r.IntN(100) == 0
	if !m.asked(c) || took > resizeLimit && !refuses {
		return nil
	}
	if refuses {
		return &capture.CameraResize{Width: 640, Height: 480, Refused: true}
	}
	return granted(took)
}

// asked tells whether a page asks the camera of a report for another size.
func (m model) asked(c capture.CameraReport) bool { return m.resizes > 0 && c.Facing == "environment" }

// granted is a camera that shows the size that it is asked for.
func granted(took int) *capture.CameraResize {
	return &capture.CameraResize{Width: 640, Height: 480, ReportedWidth: 640, ReportedHeight: 480,
		ShownWidth: 480, ShownHeight: 640, Took: took}
}

// held is how far the brightness of a picture moves within two seconds because somebody holds
// the camera, in percent: of one in twenty it lies still.
func held(r *rand.Rand) float64 {
	if r.IntN(20) == 0 {
		return 0.1 + 0.2*r.Float64()
	}
	return 0.5 * math.Exp(2*r.Float64())
}

// brightness is how bright frames are that move so much, in percent, with an exposure that
// settles or is right from the first frame on.
func brightness(r *rand.Rand, moves float64, settles bool) []float64 {
	level, phase, turns := 50+130*r.Float64(), 7*r.Float64(), 0.5+r.Float64()
	off, slow := 0.0, 1.0
	if settles {
		off, slow = (0.1+0.5*r.Float64())*float64(1-2*r.IntN(2)), 3+9*r.Float64()
	}
	out := make([]float64, frames)
	for i := range out {
		hand := moves / 100 * math.Sqrt2 * math.Sin(phase+turns*2*math.Pi*float64(i)/frames)
		v := level*(1+hand)*(1+off*math.Exp(-float64(i)/slow)) + 0.05*r.NormFloat64()
		out[i] = math.Min(255, math.Max(0, rounded(v)))
	}
	return out
}

// rounded is a time as browsers tell it, to a tenth of a millisecond.
func rounded(ms float64) float64 { return math.Round(10*ms) / 10 }

// injection is a program in the place of a camera.
type injection struct {
	kind string
	make func(c *capture.CameraReport, r *rand.Rand) string
	// also changes how the camera opens, how bright it is and how it answers; nil: as the phone's.
	also func(m model, c *capture.CameraReport, r *rand.Rand) string
	// bothers tells of a detail whether its program makes the picture lighter when it is asked for a torch; nil: the
	// torch is the phone's.
	bothers func(detail string, r *rand.Rand) bool
}

// injections change the report of an honest camera in one way each, so that what one kind
// shows is not what another one does.
func injections() []injection {
	labels := []string{"OBS Virtual Camera", "Dummy video device (0x0000)", "v4l2loopback", "ManyCam Virtual Webcam",
		"DroidCam Source 3", "Iriun Webcam", "e2eSoft VCam", "Snap Camera", "NDI Video", "Unity Video Capture",
		"XSplit VCam", "Camo", "fake_device_0", "AkVCam Video", "USB2.0 HD UVC WebCam"}
	return []injection{
		{"label of a virtual camera", func(c *capture.CameraReport, r *rand.Rand) string {
			c.Label = labels[r.IntN(len(labels))]
			return c.Label
		}, nil, nil},
		{"exact frame times", func(c *capture.CameraReport, r *rand.Rand) string {
			rate := []float64{24, 25, 30, 30, 30, 60}[r.IntN(6)]
			spread := []float64{0, 0, 0.01, 0.2}[r.IntN(4)]
			c.Times = nil
			for i := range frames {
				c.Times = append(c.Times, math.Max(0, rounded(float64(i)*1000/rate+spread*r.NormFloat64())))
			}
			return fmt.Sprintf("%.0f a second, spread %.2f ms", rate, spread)
		}, nil, nil},
		{"sizes that obey nothing", func(c *capture.CameraReport, r *rand.Rand) string {
			size := [][2]int{{640, 480}, {1024, 576}, {1000, 1000}, {854, 480}, {720, 900}}[r.IntN(5)]
			c.Width, c.Height = size[0], size[1]
			return fmt.Sprintf("%d × %d of %d × %d", c.Width, c.Height, c.ReportedWidth, c.ReportedHeight)
		}, nil, nil},
		{"nothing can be set", func(c *capture.CameraReport, r *rand.Rand) string {
			c.Able, c.ReportedFacing = nil, ""
			if r.IntN(4) == 0 {
				c.Able = []string{"torch"}
				return "a torch is claimed"
			}
			return "no abilities, no facing"
		}, nil, never},
		{"recorded video in getUserMedia's place", func(c *capture.CameraReport, r *rand.Rand) string {
			// The track of a canvas or a video element: as Chromium's has been seen.
			c.Label, c.ReportedFacing, c.Able, c.MaxWidth, c.MaxHeight = "", "", nil, 0, 0
			c.ReportedRate = []float64{0, 30, 30, 60}[r.IntN(4)]
			share := []float64{0.5, 0.8, 1}[r.IntN(3)] // 30 pictures shown 60 times a second, 24 in 30, all
			c.Distinct = int(share * frames)
			return fmt.Sprintf("%.0f %% of frames are new", 100*share)
		}, func(m model, c *capture.CameraReport, r *rand.Rand) string {
			c.OpenedIn = 5 + r.IntN(60) // the video plays already
			if r.IntN(5) == 0 {
				c.OpenedIn = 100 + r.IntN(400) // it is loaded first
			}
			if m.asked(*c) { // a canvas has the size that it has
				c.Resize = &capture.CameraResize{Width: 640, Height: 480, Refused: true}
			}
			return plays(c, r)
		}, never},
		{"virtual camera under a phone's name and facts", func(c *capture.CameraReport, r *rand.Rand) string {
			// It says all that a phone says; its frames are a video's.
			share := []float64{0.8, 1, 1}[r.IntN(3)]
			c.Distinct = int(share * frames)
			exact := r.IntN(2) == 0
			if exact {
				c.Times = nil
				for i := range frames {
					c.Times = append(c.Times, rounded(float64(i)*1000/30))
				}
			}
			return fmt.Sprintf("%.0f %% of frames are new, exact times: %v", 100*share, exact)
		}, func(m model, c *capture.CameraReport, r *rand.Rand) string {
			return runs(m, c, r) + ", " + plays(c, r)
		}, func(detail string, r *rand.Rand) bool { return strings.Contains(detail, asSlow) && r.IntN(2) == 0 }},
	}
}

func never(string, *rand.Rand) bool { return false }

// asSlow is the detail of a program that bothers to take as long as a camera.
const asSlow = "as slow as a camera"

// runs gives a report what a program does that poses as a phone's camera: it opens and
// answers in the page, as a driver of the system, or bothers to take as long as a camera.
func runs(m model, c *capture.CameraReport, r *rand.Rand) string {
	refused := &capture.CameraResize{Width: 640, Height: 480, Refused: true}
	var resize *capture.CameraResize
	where := []string{"in the page", "as a driver", asSlow}[r.IntN(3)]
	switch where {
	case "in the page":
		c.OpenedIn = 5 + r.IntN(60)
		resize = granted(2 + r.IntN(40)) // scaled by the page
		if r.IntN(2) == 0 {
			resize.ShownWidth, resize.ShownHeight, resize.Took = c.Width, c.Height, 0 // said alone
		}
	case "as a driver":
		c.OpenedIn = 80 + r.IntN(270)
		resize = refused
		if r.IntN(3) == 0 {
			resize = granted(20 + r.IntN(200))
		}
	default:
		return where
	}
	if m.asked(*c) {
		c.Resize = resize
	}
	return where
}

// plays gives a report the brightness of what a program plays: of a picture that stands
// still, or of a video that somebody took, from its middle or from its beginning on.
func plays(c *capture.CameraReport, r *rand.Rand) string {
	switch r.IntN(3) {
	case 0:
		c.Luma = brightness(r, 0, false)
		return "a picture"
	case 1:
		c.Luma = brightness(r, held(r), false)
		return "a video"
	}
	c.Luma = brightness(r, held(r), true)
	return "a video from its beginning"
}

// cameras are honest cameras and injections of each kind, so many each.
func cameras(seed uint64, honest, injected int) []Sample {
	var out []Sample
	all := models()
	take := func(i int, kind string, in *injection) {
		r := rand.New(rand.NewPCG(seed, uint64(i)<<8|uint64(len(kind))))
		m := all[i%len(all)]
		more := rand.New(rand.NewPCG(seed+1, uint64(i)<<8|uint64(len(kind))))
		report, detail := honestCamera(m, r, more), m.name
		if in != nil {
			detail = in.make(&report, r)
		}
		if in != nil && in.also != nil {
			detail += ", " + in.also(m, &report, more)
		}
		lights := rand.New(rand.NewPCG(seed+2, uint64(i)<<8|uint64(len(kind))))
		report.Torch = m.torch(report, lights)
		if in != nil && in.bothers != nil {
			report.Torch = nil
			if lamp(report) {
				report.Torch = unlit(lights, in.bothers(detail, lights))
			}
		}
		out = append(out, Sample{Camera, kind, detail, m.name, capture.CameraScores(report)})
	}
	for i := range honest {
		take(i, Honest, nil)
	}
	for _, in := range injections() {
		for i := range injected {
			take(i, in.kind, &in)
		}
	}
	return out
}
