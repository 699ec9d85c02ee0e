package identity

// Likeness is what a score of two faces means.
type Likeness string

// The zones of a score. None of them decides about a person: a reviewer sees both
// faces whatever the zone.
const (
	SameFace     Likeness = "same"
	DoubtfulFace Likeness = "doubt"
	OtherFace    Likeness = "other"
	// NoFace: one of the pictures shows no face, so that nothing was compared.
	NoFace Likeness = "no-face"
)

// FaceLimits divide the scores of FaceScore.
type FaceLimits struct {
	Same  float64 // from here on the faces are the same person's
	Other float64 // below it they are different persons'
}

// DefaultFaceLimits returns the limits in use. They belong to the face network of
// scripts/models.sum and to the way that capture/opencv aligns faces, and were set
// on 1,229 pairs of pictures of the same person and 9,211 of different persons (145
// pictures of 12 persons: press, passports and selfies of 13 years; every pair of
// the pictures, TestFaceEvalZones). Twelve persons say little about the faces of
// all people, so the rates are of these pictures:
//
//	limit   same person below it   different persons at or above it
//	0.22    0.017                  0.012
//	0.30    0.066                  0.0017
//	0.40    0.146                  0.0001
//
// Most pairs of the same person below 0.40 are press pictures of one person in
// make-up; of 270 pairs of plain portraits one is below 0.39.
func DefaultFaceLimits() FaceLimits {
	return FaceLimits{
		Same:  0.40, // one other in ten thousand, as far as that many pairs can tell
		Other: 0.22, // one same in sixty; what is between is for a person to look at
	}
}

// Likeness says which zone a score lies in.
func (l FaceLimits) Likeness(s FaceScore) Likeness {
	switch {
	case !s.FoundA || !s.FoundB:
		return NoFace
	case s.Score >= l.Same:
		return SameFace
	case s.Score < l.Other:
		return OtherFace
	}
	return DoubtfulFace
}
