package capture

import (
	"math"
	"slices"
	"testing"
)

// phoneReport is what a phone says about its camera for documents.
func phoneReport() CameraReport {
	r := CameraReport{
		Facing: "environment", Label: "camera2 0, facing back", ReportedFacing: "environment",
		ReportedWidth: 1920, ReportedHeight: 1080, ReportedRate: 30,
		Width: 1080, Height: 1920, MaxWidth: 4000, MaxHeight: 3000,
		Able: []string{"focusMode", "torch", "zoom"}, Frames: 60, Distinct: 60,
	}
	for i := range 60 {
		r.Times = append(r.Times, float64(i)*33.36+0.4*math.Sin(float64(7*i)))
		r.Luma = append(r.Luma, 110*(1-0.3*math.Exp(-float64(i)/6))+math.Sin(float64(i)/9))
	}
	r.OpenedIn = 520
	r.Resize = &CameraResize{Width: 640, Height: 480, ReportedWidth: 640, ReportedHeight: 480, ShownWidth: 480,
		ShownHeight: 640, Took: 350}
	r.Torch = &CameraTorch{Before: parts(90), During: parts(140), After: parts(88), Took: 120}
	return r
}

// parts are levels of a picture that is evenly bright.
func parts(level float64) []float64 { return slices.Repeat([]float64{level}, TorchParts) }

// even is the brightness of frames that are all alike.
func even(level float64) []float64 { return slices.Repeat([]float64{level}, 60) }

// presenceLimits are limits between what the tests call honest and what they do not.
func presenceLimits() Limits {
	l := DefaultLimits()
	l.Presence = PresenceLimits{CameraFacts: 0.7, FrameTimes: 0.08, RepeatedFrames: 0.9,
		ExposureSettles: 0.2, CameraOpens: 100, CameraResizes: 40, TorchNotSeen: 1,
		StillDiffers: 0.5, ScreenTrace: 0.8, ScreenDots: 0.85,
		PrintDots: 0.6}
	return l
}

// cameraFlow is a flow whose front is open.
func cameraFlow(t *testing.T) *Flow {
	t.Helper()
	f, err := NewFlow(IdentityCard, FlowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := presenceLimits()
	f.Limits = &l
	return &f
}

func doubtsOf(f *Flow, step Step) []string { return doubtNames(f.record(step).Doubts) }

func doubtNames(doubts []Doubt) (names []string) {
	for _, d := range doubts {
		names = append(names, d.Name)
	}
	return names
}

func TestACameraThatIsNoPhonesIsADoubt(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*CameraReport)
		want   []string
	}{
		{"a phone", func(*CameraReport) {}, nil},
		{"an old browser", func(r *CameraReport) { r.Able, r.Times, r.MaxWidth, r.MaxHeight = nil, nil, 0, 0 }, nil},
		{"frames left out", func(r *CameraReport) { r.Times = slices.Delete(r.Times, 10, 20) }, nil},
		{"a virtual camera", func(r *CameraReport) { r.Label = "OBS Virtual Camera" }, []string{DoubtVirtualCamera}},
		{"another size", func(r *CameraReport) { r.Width = 1000 }, []string{DoubtCameraSize}},
		{"more than it can", func(r *CameraReport) { r.MaxWidth, r.MaxHeight = 640, 480 }, []string{DoubtCameraSize}},
		{"nothing to set", func(r *CameraReport) { r.Able, r.ReportedFacing = nil, "" }, []string{DoubtCameraFacts}},
		{"exact times", func(r *CameraReport) {
			for i := range r.Times {
				r.Times[i] = math.Round(float64(i)*10000/30) / 10
			}
		}, []string{DoubtFrameTimes}},
		{"one picture", func(r *CameraReport) { r.Distinct = 30 }, []string{DoubtRepeatedFrames}},
		{"too few frames to tell", func(r *CameraReport) {
			r.Frames, r.Distinct, r.Times, r.Luma = 10, 1, r.Times[:10], r.Luma[:10]
		}, nil},
		{"a client that tells no more", func(r *CameraReport) { r.Luma, r.OpenedIn, r.Resize = nil, 0, nil }, nil},
		{"an even brightness", func(r *CameraReport) { r.Luma = even(110) }, []string{DoubtExposureSettles}},
		{"a covered lens", func(r *CameraReport) { r.Luma = even(3) }, nil},
		{"a lens in the sun", func(r *CameraReport) { r.Luma = even(254) }, nil},
		{"open at once", func(r *CameraReport) { r.OpenedIn = 30 }, []string{DoubtCameraOpens}},
		{"a size refused", func(r *CameraReport) { r.Resize = &CameraResize{Width: 640, Height: 480, Refused: true} },
			[]string{DoubtCameraResizes}},
		{"a size said alone", func(r *CameraReport) { r.Resize.ShownWidth, r.Resize.ShownHeight = r.Width, r.Height },
			[]string{DoubtCameraResizes}},
		{"a size not said", func(r *CameraReport) { r.Resize.ReportedWidth = 1920 }, []string{DoubtCameraResizes}},
		{"a torch that the browser does not know of", func(r *CameraReport) { r.Torch = &CameraTorch{Refused: true} },
			[]string{DoubtTorchNotSeen}},
		{"a torch that lights nothing", func(r *CameraReport) { r.Torch.During = parts(90.4) }, []string{DoubtTorchNotSeen}},
		{"a picture that goes on getting lighter", func(r *CameraReport) { r.Torch.After = parts(150) },
			[]string{DoubtTorchNotSeen}},
		{"a person's torch that goes out", func(r *CameraReport) {
			r.Torch = &CameraTorch{Off: true, Before: parts(140), During: parts(90), After: parts(139)}
		}, nil},
		{"a person's torch that stays on", func(r *CameraReport) {
			r.Torch = &CameraTorch{Off: true, Before: parts(140), During: parts(140), After: parts(141)}
		}, []string{DoubtTorchNotSeen}},
		{"a torch in the sun", func(r *CameraReport) {
			r.Torch = &CameraTorch{Before: parts(240), During: parts(241), After: parts(240)}
		}, nil},
		{"a torch that is not claimed", func(r *CameraReport) {
			r.Able, r.Torch = []string{"zoom"}, &CameraTorch{Refused: true}
		}, nil},
		{"a torch of which little is told", func(r *CameraReport) { r.Torch = &CameraTorch{Before: parts(90)} }, nil},
		{"a torch in the dark", func(r *CameraReport) {
			r.Torch = &CameraTorch{Before: parts(0), During: parts(20), After: parts(0)}
		}, nil},
		{"a size at once", func(r *CameraReport) { r.Resize.Took = 12 }, []string{DoubtCameraResizes}},
	} {
		f, r := cameraFlow(t), phoneReport()
		c.change(&r)
		if changed := f.Camera(r); changed != (c.want != nil) || !slices.Equal(doubtsOf(f, DocumentFront), c.want) {
			t.Errorf("%s: changed %v, doubts %v, want %v", c.name, changed, f.record(DocumentFront).Doubts, c.want)
		}
		if f.Camera(r) {
			t.Errorf("%s: the same report again changed something", c.name)
		}
	}
}

// A label tells by its words: a maker whose name begins like a program's sells cameras.
func TestLabelsOfProgramsAndOfCameras(t *testing.T) {
	for label, want := range map[string]bool{
		"OBS Virtual Camera": true, "OBS-Camera": true, "obs": true, "Camo": true, "Reincubate Camo (1a2b:3c4d)": true,
		"NDI Video": true, "Unity Video Capture": true, "Dummy video device (0x0000)": true, "Snap-Camera": true,
		"fake_device_0": true, "v4l2loopback": true, "e2eSoft VCam": true, "XSplit VCam": true,
		"OBSBOT Tiny 4K": false, "Camouflage Cam": false, "Community Webcam": false, "Blandi HD": false,
		"camera2 0, facing back": false, "Caméra avant": false, "USB2.0 HD UVC WebCam": false, "": false,
	} {
		if have := virtualLabel(label); have != want {
			t.Errorf("%q: taken for a program's: %v, want %v", label, have, want)
		}
	}
}

func TestACamerasDoubtsAreOfItsStep(t *testing.T) {
	f, r := cameraFlow(t), phoneReport()
	r.Label = "ManyCam"
	r.Facing = "user"
	if f.Camera(r) {
		t.Error("a selfie's camera before its step is a doubt about the document")
	}
	r.Facing = "environment"
	f.record(DocumentFront).Accepted = true
	f.record(DocumentBack).Accepted = true
	f.Camera(r)
	if have := doubtsOf(f, DocumentBack); !slices.Contains(have, DoubtVirtualCamera) {
		t.Errorf("a late report: doubts %v of the last document", have)
	}
	// Who loads the page again under a phone's label takes nothing back.
	r.Label = "camera2 0, facing back"
	r.ReportedFacing = r.Facing
	if f.Camera(r) || !slices.Contains(doubtsOf(f, DocumentBack), DoubtVirtualCamera) {
		t.Errorf("after a phone's report: doubts %v", doubtsOf(f, DocumentBack))
	}
}

func TestARetakeKeepsTheDoubtsAboutTheCamera(t *testing.T) {
	f, r := cameraFlow(t), phoneReport()
	r.Label = "XSplit VCam"
	f.Camera(r)
	s := f.record(DocumentFront)
	s.Kept, s.Accepted = true, true
	s.doubt(Doubt{DoubtStillDiffers, 0.1, 0.5})
	if _, err := f.Retake(DocumentFront); err != nil {
		t.Fatal(err)
	}
	if have := doubtsOf(f, DocumentFront); !slices.Equal(have, []string{DoubtVirtualCamera}) {
		t.Errorf("after a retake: %v, want the camera's alone", have)
	}
}

// A laptop has one camera, which looks at the person. That it is asked for documents too is no doubt by itself.
func TestALaptopsOnlyCameraIsNoDoubtForDocuments(t *testing.T) {
	for _, reported := range []string{"user", ""} {
		f, r := cameraFlow(t), phoneReport()
		r.Label, r.ReportedFacing, r.Able, r.Torch = "USB2.0 HD UVC WebCam", reported, []string{"exposureMode"}, nil
		f.record(DocumentFront).Accepted = true
		f.record(DocumentBack).Accepted = true
		f.Camera(r)
		if have := doubtsOf(f, DocumentBack); len(have) != 0 {
			t.Errorf("looks %q, asked for environment: doubts %v, want none", reported, have)
		}
	}
}

// A torch is a phone's that looks away from the person. Whoever claims one beside no facts has two against it.
func TestATorchFitsAPhonesBack(t *testing.T) {
	r := phoneReport()
	if have := cameraFacts(r); have != 1 {
		t.Errorf("a phone's facts: %v, want 1", have)
	}
	r.Able, r.ReportedFacing = []string{"torch"}, ""
	if have := cameraFacts(r); have != 0.6 {
		t.Errorf("a torch of a camera that looks nowhere: %v, want 0.6", have)
	}
	r.Facing, r.ReportedFacing = "user", "user"
	if have := cameraFacts(r); have != 0.8 {
		t.Errorf("a torch that shines in the eyes: %v, want 0.8", have)
	}
}

// Half of a picture that lights up is half of the change; parts that are white already do not count.
func TestHowFarAPictureFollowsItsTorch(t *testing.T) {
	half := slices.Concat(parts(100)[:6], parts(150)[:6])
	torch := CameraTorch{Before: parts(100), During: half, After: parts(100)}
	if have, ok := torch.score(); !ok || math.Abs(have-25) > 1e-9 {
		t.Errorf("half of the parts lighter by half: %v %v, want 25", have, ok)
	}
	torch.Before = slices.Concat(parts(250)[:5], parts(100)[:7])
	torch.During = slices.Concat(parts(250)[:5], parts(120)[:7])
	torch.After = torch.Before
	if have, ok := torch.score(); !ok || math.Abs(have-20) > 1e-9 {
		t.Errorf("seven parts lighter by a fifth, five white: %v %v, want 20", have, ok)
	}
}

func TestOffGrid(t *testing.T) {
	times := func(period, jitter float64) (list []float64) {
		for i := range 60 {
			list = append(list, float64(i)*period+jitter*math.Sin(float64(11*i)))
		}
		return list
	}
	if off, ok := offGrid(times(1000.0/25, 0)); !ok || off > 1e-9 {
		t.Errorf("exactly 25 a second: %v %v", off, ok)
	}
	near, _ := offGrid(times(1000.0/30, 0.5))
	if math.Abs(near-0.5/math.Sqrt2) > 0.05 {
		t.Errorf("a jitter of 0.5 ms: %v, want its root of the mean square", near)
	}
	if far, ok := offGrid(times(41.7, 12)); !ok || far < 1 {
		t.Errorf("any times: %v %v, want far from every grid", far, ok)
	}
}

func TestBrightnessMoved(t *testing.T) {
	steps := slices.Concat(even(90)[:20], even(100)[:40])
	if moved, ok := brightnessMoved(steps); !ok || math.Abs(moved-10/math.Sqrt(3)) > 1e-9 {
		t.Errorf("a third of the frames a tenth darker: %v %v, want 10 / √3 %%", moved, ok)
	}
	if moved, ok := brightnessMoved(even(100)); !ok || moved != 0 {
		t.Errorf("an even brightness: %v %v, want 0", moved, ok)
	}
	if _, ok := brightnessMoved(even(100)[:19]); ok {
		t.Error("19 frames tell something")
	}
}
