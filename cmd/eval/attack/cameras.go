package attack

import (
	"fmt"
	"math"
	"math/rand/v2"

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
		{"Chrome on Android, 1", "camera2 0, facing back", "camera2 1, facing front", true, androidAble, androidFront, 1920, 1080, 4000, 3e-4, 0.4, true, 0.3, 0.004},
		{"Chrome on Android, 2", "camera2 2, facing back", "camera2 1, facing front", true, androidAble, androidFront, 1920, 1080, 4608, -2e-4, 0.12, true, 0.2, 0},
		{"Chrome on Android, 3", "camera 0, facing back", "camera 1, facing front", true, androidAble, androidFront, 1280, 720, 1280, 8e-5, 1.5, true, 0.5, 0.01},
		{"Samsung Internet", "camera2 0, facing back", "camera2 3, facing front", true, androidAble, androidFront, 1920, 1080, 4032, -4e-4, 0.3, true, 0.3, 0.004},
		{"Safari on iOS 18", "Back Dual Wide Camera", "Front Camera", true, iosAble, iosFront, 1920, 1080, 4032, 5e-5, 0.25, true, 0.2, 0},
		{"Safari on iOS 16", "Caméra arrière", "Caméra avant", true, nil, nil, 1920, 1080, 4032, 5e-5, 0, false, 0.2, 0},
		{"Chrome on iOS", "Caméra arrière", "Caméra avant", true, iosAble, iosFront, 1920, 1080, 4032, 5e-5, 0.3, true, 0.2, 0},
		{"Firefox on Android", "Facing back:0", "Facing front:1", true, nil, nil, 1280, 720, 0, 0, 0, false, 0.3, 0.01},
		{"Chrome on a laptop", "Integrated Camera (04f2:b6d9)", "Integrated Camera (04f2:b6d9)", false, webcamAble, webcamAble, 1280, 720, 1280, 2e-4, 0.8, true, 0.4, 0.01},
		{"Safari on a laptop", "FaceTime HD Camera", "FaceTime HD Camera", true, nil, nil, 1280, 720, 1280, 1e-4, 0.3, true, 0.2, 0},
	}
}

// frames that a page looks at.
const frames = 60

// honestCamera is the report of a model.
func honestCamera(m model, r *rand.Rand) capture.CameraReport {
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
	return c
}

// rounded is a time as browsers tell it, to a tenth of a millisecond.
func rounded(ms float64) float64 { return math.Round(10*ms) / 10 }

// injection is a program in the place of a camera.
type injection struct {
	kind string
	make func(c *capture.CameraReport, r *rand.Rand) string
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
		}},
		{"exact frame times", func(c *capture.CameraReport, r *rand.Rand) string {
			rate := []float64{24, 25, 30, 30, 30, 60}[r.IntN(6)]
			spread := []float64{0, 0, 0.01, 0.2}[r.IntN(4)]
			c.Times = nil
			for i := range frames {
				c.Times = append(c.Times, math.Max(0, rounded(float64(i)*1000/rate+spread*r.NormFloat64())))
			}
			return fmt.Sprintf("%.0f a second, spread %.2f ms", rate, spread)
		}},
		{"sizes that obey nothing", func(c *capture.CameraReport, r *rand.Rand) string {
			size := [][2]int{{640, 480}, {1024, 576}, {1000, 1000}, {854, 480}, {720, 900}}[r.IntN(5)]
			c.Width, c.Height = size[0], size[1]
			return fmt.Sprintf("%d × %d of %d × %d", c.Width, c.Height, c.ReportedWidth, c.ReportedHeight)
		}},
		{"nothing can be set", func(c *capture.CameraReport, r *rand.Rand) string {
			c.Able, c.ReportedFacing = nil, ""
			if r.IntN(4) == 0 {
				c.Able = []string{"torch"}
				return "a torch is claimed"
			}
			return "no abilities, no facing"
		}},
		{"recorded video in getUserMedia's place", func(c *capture.CameraReport, r *rand.Rand) string {
			// The track of a canvas or a video element: as Chromium's has been seen.
			c.Label, c.ReportedFacing, c.Able, c.MaxWidth, c.MaxHeight = "", "", nil, 0, 0
			c.ReportedRate = []float64{0, 30, 30, 60}[r.IntN(4)]
			share := []float64{0.5, 0.8, 1}[r.IntN(3)] // 30 pictures shown 60 times a second, 24 in 30, all
			c.Distinct = int(share * frames)
			return fmt.Sprintf("%.0f %% of frames are new", 100*share)
		}},
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
		}},
	}
}

// cameras are honest cameras and injections, n honest ones and half as many of each kind.
func cameras(seed uint64, n int) []Sample {
	var out []Sample
	all := models()
	take := func(i int, kind string, change func(*capture.CameraReport, *rand.Rand) string) {
		r := rand.New(rand.NewPCG(seed, uint64(i)<<8|uint64(len(kind))))
		m := all[i%len(all)]
		report, detail := honestCamera(m, r), m.name
		if change != nil {
			detail = change(&report, r)
		}
		out = append(out, Sample{Camera, kind, detail, m.name, capture.CameraScores(report)})
	}
	for i := range n {
		take(i, Honest, nil)
	}
	for _, in := range injections() {
		for i := range n / 2 {
			take(i, in.kind, in.make)
		}
	}
	return out
}
