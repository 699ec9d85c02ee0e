package face

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"gocv.io/x/gocv"
	"golang.org/x/sys/unix"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
)

// Models finds and measures faces. Safe for concurrent use; one call runs at a
// time.
type Models struct {
	head []modelPoint

	mu sync.Mutex // one picture at a time: a network keeps its layers' results
	// guarded by mu
	detector *net
	lying    *net // the detector for a glance at a picture that lies, see glances
	standing *net // at one that stands
	stacked  *net // at two documents, one above the other
	landmark *net
	eye      *net
	pose     *net
	feature  *net
}

// New loads the face models of a folder. A missing or changed one is an
// error that wraps ErrModels.
func New(dir string) (*Models, error) {
	f := &Models{head: headModel()}
	for _, m := range []struct {
		to *(*net)
		model
	}{
		{&f.detector, detectModel()}, {&f.lying, glanceModel(lyingGlance)}, {&f.standing, glanceModel(standingGlance)},
		{&f.stacked, glanceModel(stackedGlance)}, {&f.landmark, landmarkModel()}, {&f.eye, eyeModel()},
		{&f.pose, poseModel()}, {&f.feature, featureModel()},
	} {
		n, err := openNet(dir, m.model)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		*m.to = n
	}
	return f, nil
}

// Close frees the models.
func (f *Models) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range []**net{&f.detector, &f.lying, &f.standing, &f.stacked, &f.landmark, &f.eye, &f.pose, &f.feature} {
		if err := (*n).Close(); err != nil {
			return err
		}
		*n = nil
	}
	return nil
}

const (
	// mattersBeside is the height over the largest face's from which another one
	// counts: somebody who stands two metres behind is smaller.
	mattersBeside = 0.45
	// lookedAt bounds how many candidates are looked at closely, so that a poster
	// full of faces costs no more than a few.
	lookedAt = 5
	// searchTime is the processor time after which no further way of searching is begun.
	// All of them take under 0.6 s of it, those of a second look with more pixels included;
	// a processor that needs several times as long has 2 s a picture too.
	searchTime = 800 * time.Millisecond
)

// Measure finds the faces of one frame. bgr and grey show the same picture; bgr
// may be smaller (a reduced decode): then all but the sharpness is measured on it.
// Boxes and points are in pixels of grey. A still's pose is also asked of the pose
// network, which a preview has no time for.
func (f *Models) Measure(bgr, grey gocv.Mat, kind capture.Kind) (capture.FaceMeasurements, error) {
	return f.measure(bgr, grey, kind, f.ways(bgr, kind), Worked())
}

// MeasureMoving is Measure of a head that is asked to turn: a preview's faces are found without a
// glance, whose box is less exact, and with it the points of the face.
func (f *Models) MeasureMoving(bgr, grey gocv.Mat, kind capture.Kind) (capture.FaceMeasurements, error) {
	ways := f.ways(bgr, kind)
	if kind != capture.Still {
		ways = f.waysWithoutGlance(bgr)
	}
	return f.measure(bgr, grey, kind, ways, Worked())
}

// MeasureSmall is Measure of a still in which Measure found nothing: bgr has more pixels than
// it had then, and only faces too small for it are looked for. since is what Worked said before
// Measure: both searches together have the time of one.
func (f *Models) MeasureSmall(bgr, grey gocv.Mat, since time.Duration) (capture.FaceMeasurements, error) {
	return f.measure(bgr, grey, capture.Still, f.waysToSmall(bgr), since)
}

func (f *Models) measure(
	bgr, grey gocv.Mat, kind capture.Kind, ways []search, since time.Duration,
) (capture.FaceMeasurements, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var m capture.FaceMeasurements
	if err := checkPictures(bgr, grey); err != nil {
		return m, err
	}
	shades := grey
	if bgr.Cols() != grey.Cols() || bgr.Rows() != grey.Rows() {
		shades = gocv.NewMat()
		defer shades.Close()
		gocv.CvtColor(bgr, &shades, gocv.ColorBGRToGray)
	}
	var err error
	if m.Print, m.FrameBrightness, err = pixel.PrintOf(shades); err != nil {
		return m, err
	}
	found, err := f.found(bgr, shades, ways, since)
	if err != nil {
		return m, fmt.Errorf("measuring faces: %w", err)
	}
	m.Count = len(found)
	if m.Count == 0 {
		return m, nil
	}
	if err := f.describe(bgr, shades, found[0], kind, &m); err != nil {
		return m, fmt.Errorf("measuring faces: %w", err)
	}
	enlarge(&m, float64(grey.Cols())/float64(bgr.Cols()), float64(grey.Rows())/float64(bgr.Rows()))
	if m.Sharpness, err = sharpnessOf(grey, m.Box); err != nil {
		return m, fmt.Errorf("measuring faces: %w", err)
	}
	return m, nil
}

// enlarge brings places in a reduced picture to the whole one's pixels.
func enlarge(m *capture.FaceMeasurements, fx, fy float64) {
	m.Box = [4]float64{m.Box[0] * fx, m.Box[1] * fy, m.Box[2] * fx, m.Box[3] * fy}
	for i := range m.Landmarks {
		m.Landmarks[i].X *= fx
		m.Landmarks[i].Y *= fy
	}
}

func checkPictures(bgr, grey gocv.Mat) error {
	if bgr.Empty() || grey.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 || grey.Type() != gocv.MatTypeCV8UC1 ||
		min(bgr.Cols(), bgr.Rows()) < 16 || min(grey.Cols(), grey.Rows()) < 16 {
		return fmt.Errorf("faces: %w: colour %d×%d, grey %d×%d", errPicture, bgr.Cols(), bgr.Rows(), grey.Cols(), grey.Rows())
	}
	return nil
}

// found are the faces that count, the largest first, of the first way of searching
// that shows a candidate: what was looked at and is no face (a drawing, an animal)
// shall not pass for one in a part of the picture. The time of the search began at since.
func (f *Models) found(bgr, grey gocv.Mat, ways []search, since time.Duration) ([]look, error) {
	for _, way := range ways {
		if Worked()-since > searchTime {
			break
		}
		candidates, err := way()
		if err != nil {
			return nil, err
		}
		if len(candidates) > 0 {
			return f.real(bgr, grey, candidates)
		}
	}
	return nil, nil
}

// Worked is the processor time of this process: unlike a clock it says the same on a
// machine that has other work.
func Worked() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0 // no such clock: the search is not cut short
	}
	return time.Duration(t.Nano())
}

// real are those of the candidates that are faces and count, the largest first.
func (f *Models) real(bgr, grey gocv.Mat, candidates []detection) ([]look, error) {
	slices.SortStableFunc(candidates, func(a, b detection) int {
		return int(math.Round(b.upright() - a.upright()))
	})
	var found []look
	for i, c := range candidates {
		if i == lookedAt || len(found) > 0 && c.upright() < mattersBeside*found[0].det.upright() {
			break
		}
		l, err := f.looksAt(bgr, grey, c)
		if err != nil {
			return nil, err
		}
		if l.real {
			found = append(found, l)
		}
	}
	return found, nil
}

// describe fills in what is known of one face, but the sharpness.
func (f *Models) describe(bgr, grey gocv.Mat, l look, kind capture.Kind, m *capture.FaceMeasurements) error {
	w, h := float64(grey.Cols()), float64(grey.Rows())
	x, y := l.det.centre()
	m.Confidence = l.det.score
	m.Box = l.det.box()
	m.Height = l.det.h / h
	m.OffsetX, m.OffsetY = x/w-0.5, y/h-0.5
	m.Landmarks = make([]capture.Point, landmarks)
	for i, p := range l.points {
		m.Landmarks[i] = l.chip.toPicture(p)
	}
	m.EyesOpen = l.eyesOpen()

	p, err := f.poseFor(bgr, l, kind)
	if err != nil {
		return err
	}
	m.Yaw, m.Pitch, m.Roll = p.yaw, p.pitch, turn180(p.roll+l.chip.angle)
	cut := newChip(grey, l.chip)
	defer cut.Close()
	lit, err := lightOf(cut, l.points[28].X)
	if err != nil {
		return err
	}
	m.Brightness, m.Under, m.Over, m.Evenness = lit.brightness, lit.under, lit.over, lit.evenness
	hidden, err := coveredOf(bgr, l)
	if err != nil {
		return err
	}
	m.Covered = hidden.confidence()
	m.Skin, m.Around, err = skinLight(bgr, l)
	return err
}

// turn180 brings an angle in degrees into -180 to 180.
func turn180(a float64) float64 { return math.Remainder(a, 360) }
