package opencv

import (
	"context"

	"visavis/identity"
)

var _ identity.FaceComparer = (*Analyzer)(nil)

// CompareFaces tells how alike the largest faces of two JPEGs are. The templates
// exist only within the call. Errors are a *capture.FrameError for bytes that are no
// picture, and ErrNoFaceModels.
func (a *Analyzer) CompareFaces(ctx context.Context, p identity.FacePair) (identity.FaceScore, error) {
	if a.faces == nil {
		return identity.FaceScore{}, ErrNoFaceModels
	}
	return a.faces.CompareJPEGs(ctx, p)
}
