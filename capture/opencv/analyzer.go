package opencv

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"time"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/face"
	"visavis/capture/opencv/pixel"
	"visavis/capture/opencv/print"
	"visavis/capture/opencv/zone"
)

// Config says where an [Analyzer] finds its models.
type Config struct {
	// ModelDir holds the face models. Without them documents are measured all the
	// same, but portraits are not looked for and selfies cannot be judged.
	ModelDir string
	// Logger is told what is missing. Optional.
	Logger *slog.Logger
}

// ErrNoFaceModels says that a selfie cannot be measured because the face models are missing.
var ErrNoFaceModels = errors.New("face models missing")

// Analyzer measures frames with OpenCV. Safe for concurrent use.
type Analyzer struct {
	faces *face.Models // nil without models
	print print.Reader
	zones zone.Net
}

var _ capture.Analyzer = (*Analyzer)(nil)

// New loads the models, and keeps OpenCV to one thread in the whole process. Missing
// models are told to the logger and are no error, and so are models that are there and
// cannot be used: portraits and selfies are then not judged.
func New(cfg Config) (*Analyzer, error) {
	oneThread()
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if cfg.ModelDir == "" {
		log.Warn("no face models", "consequence", "portraits and selfies are not judged")
		return &Analyzer{}, nil
	}
	f, err := face.New(cfg.ModelDir)
	if err != nil {
		log.Warn("face models cannot be used", "error", err, "consequence", "portraits and selfies are not judged")
		return &Analyzer{}, nil
	}
	return &Analyzer{faces: f}, nil
}

// Close frees the models.
func (a *Analyzer) Close() error {
	err := errors.Join(a.print.Close(), a.zones.Close())
	if a.faces == nil {
		return err
	}
	return errors.Join(err, a.faces.Close())
}

// Analyze measures one frame. The context is looked at between the parts of the work.
func (a *Analyzer) Analyze(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	start := time.Now()
	if err := ctx.Err(); err != nil {
		return capture.Measurements{}, fmt.Errorf("analyzing: %w", err)
	}
	var m capture.Measurements
	var err error
	if f.Step.IsDocument() {
		m, err = a.document(ctx, f)
	} else {
		m, err = a.selfie(f)
	}
	if err != nil {
		return capture.Measurements{}, err
	}
	m.Width, m.Height = pixel.DisplayedSize(f)
	m.Took = time.Since(start)
	return m, nil
}

const (
	// selfieSide is the long side, in pixels, that a selfie's colours are decoded to at least.
	selfieSide = 640
	// closerSide is that of a still in which nothing is found so: a face of 40 pixels of 1280
	// has 20 left at half the size, too few for the landmarks of one that is turned.
	closerSide = 2 * selfieSide
)

func (a *Analyzer) selfie(f capture.Frame) (capture.Measurements, error) {
	var m capture.Measurements
	if a.faces == nil {
		return m, ErrNoFaceModels
	}
	p, err := planesOf(f)
	defer p.Close()
	if err != nil {
		return m, err
	}
	grey := p.Grey
	bgr, face, err := a.facesOf(f, &p)
	defer bgr.Close()
	if err != nil {
		return m, err
	}
	if f.Kind == capture.Still {
		if err := screenAround(grey, &face); err != nil {
			return m, err
		}
	}
	m.Face = &face
	if f.WantThumbnail {
		m.Thumbnail, err = thumbnail(bgr)
	}
	return m, err
}

// planesOf decodes a selfie: a preview's colours with its grey picture. A still's are decoded
// apart, as the decoder reduces them. The caller closes the planes, also when there is an error.
func planesOf(f capture.Frame) (pixel.Planes, error) {
	if f.Kind == capture.Preview {
		return pixel.NewPlanes(f)
	}
	return pixel.GreyPlane(f)
}

// coloursOf are a selfie's colours, reduced. The caller closes the Mat, also when there is an error.
func coloursOf(f capture.Frame, p *pixel.Planes, reduce int) (gocv.Mat, error) {
	if p.Coloured() && reduce > 1 {
		return p.Reduced(reduce)
	}
	return pixel.Decode(f, true, reduce)
}

// facesOf decodes a selfie's colours and measures its faces in them. A still without one is
// looked at again with more of its pixels. The caller closes the colours, also when there is
// an error.
func (a *Analyzer) facesOf(f capture.Frame, p *pixel.Planes) (gocv.Mat, capture.FaceMeasurements, error) {
	reduce, closer := pixel.Reduction(f.Width, f.Height, selfieSide), pixel.Reduction(f.Width, f.Height, closerSide)
	grey := p.Grey
	bgr, err := coloursOf(f, p, reduce)
	if err != nil {
		return bgr, capture.FaceMeasurements{}, err
	}
	since := face.Worked()
	measure := a.faces.Measure
	if f.Moving {
		measure = a.faces.MeasureMoving
	}
	face, err := measure(bgr, grey, f.Kind)
	if err != nil || face.Count > 0 || f.Kind != capture.Still || closer >= reduce {
		return bgr, face, err
	}
	bgr.Close()
	if bgr, err = pixel.Decode(f, true, closer); err != nil {
		return bgr, face, err
	}
	face, err = a.faces.MeasureSmall(bgr, grey, since)
	return bgr, face, err
}

// thumbnail is a JPEG of at most capture.ThumbnailSide pixels on its long side.
func thumbnail(bgr gocv.Mat) ([]byte, error) {
	if bgr.Empty() || bgr.Type() != gocv.MatTypeCV8UC3 {
		return nil, fmt.Errorf("thumbnail of type %v", bgr.Type())
	}
	small := gocv.NewMat()
	defer small.Close()
	w, h := bgr.Cols(), bgr.Rows()
	if long := max(w, h); long > capture.ThumbnailSide {
		w = max(1, w*capture.ThumbnailSide/long)
		h = max(1, h*capture.ThumbnailSide/long)
	}
	gocv.Resize(bgr, &small, image.Pt(w, h), 0, 0, gocv.InterpolationArea)
	buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, small, []int{gocv.IMWriteJpegQuality, 70})
	if err != nil {
		return nil, fmt.Errorf("thumbnail: %w", err)
	}
	defer buf.Close()
	return append([]byte(nil), buf.GetBytes()...), nil
}
