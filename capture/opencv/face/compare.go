package face

import (
	"context"
	"errors"
	"fmt"

	"gocv.io/x/gocv"

	"visavis/capture"
	"visavis/capture/opencv/pixel"
	"visavis/identity"
)

// compareSide is the long side, in pixels, that pictures are decoded to at least: a
// portrait that takes a seventh of a document is then still 200 pixels high, more
// than the network looks at.
const compareSide = 1400

// CompareJPEGs tells how alike the largest faces of two JPEGs are. The templates
// exist only within the call. Errors are a *capture.FrameError for bytes that are no
// picture.
func (f *Models) CompareJPEGs(ctx context.Context, p identity.FacePair) (identity.FaceScore, error) {
	var mats [2]gocv.Mat
	for i, jpeg := range [2][]byte{p.A, p.B} {
		if err := ctx.Err(); err != nil {
			return identity.FaceScore{}, fmt.Errorf("comparing faces: %w", err)
		}
		picture, err := capture.NewPicture(jpeg)
		if err != nil {
			return identity.FaceScore{}, err
		}
		mat, err := pixel.Decode(picture, true, pixel.Reduction(picture.Width, picture.Height, compareSide))
		defer mat.Close()
		if err != nil {
			return identity.FaceScore{}, err
		}
		mats[i] = mat
	}
	return f.compare(mats[0], mats[1])
}

// compare tells how alike the largest faces of two colour pictures are, see
// identity.DefaultFaceLimits for what a score means.
func (f *Models) compare(a, b gocv.Mat) (identity.FaceScore, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var s identity.FaceScore
	var templates [2][]float64
	for i, img := range [2]gocv.Mat{a, b} {
		t, box, err := f.template(img)
		defer clear(t)
		if err != nil && !errors.Is(err, errNoFace) {
			return s, fmt.Errorf("comparing faces: %w", err)
		}
		templates[i] = t
		if i == 0 {
			s.FaceA = box
		} else {
			s.FaceB = box
		}
	}
	s.FoundA, s.FoundB = templates[0] != nil, templates[1] != nil
	if s.FoundA && s.FoundB {
		s.Score = cosine(templates[0], templates[1])
	}
	return s, nil
}
