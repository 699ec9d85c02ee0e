package subject

import (
	"hash/fnv"

	"visavis/identity"
)

// nameReading is one printed name that was read, sure or not.
type nameReading struct {
	document   string // its zone: pictures of one document are of one fold
	confidence float64
	right      bool
}

// vizFolds is how many parts the documents are split into.
const vizFolds = 5

// fold is the part that a document is of.
func (r nameReading) fold() int {
	h := fnv.New32a()
	h.Write([]byte(r.document)) // never fails
	return int(h.Sum32() % vizFolds)
}

// outOfFold adds how often names are told, and wrong, where the confidence that is asked
// is set on other documents. Names that were read and not told count in the share.
func outOfFold(s *section, names []nameReading) {
	told, wrong := 0, 0
	least := make([]float64, vizFolds)
	for k := range least {
		least[k] = sureWithout(names, k)
	}
	for _, r := range names {
		if r.confidence >= least[r.fold()] {
			told++
			wrong += one(!r.right)
		}
	}
	s.rate("viz.fold.told_rate", told, len(names))
	s.rate("viz.fold.wrong_rate", wrong, len(names))
	s.note("Out of fold: of all names that were read, on drawn and real documents in %d folds split by document, how many "+
		"are told without a zone where the least confidence is set on the other folds (%.2f), and how many of those are "+
		"wrong. The shipped one, %.2f, leaves room above.", vizFolds, least, identity.SurePrint)
}

// sureWithout is the least confidence, in steps, from which on no name outside of a fold
// is wrong.
func sureWithout(names []nameReading, fold int) float64 {
	const steps = 20 // of 0.05
	least := 0.0
	for _, r := range names {
		if r.fold() != fold && !r.right {
			least = max(least, r.confidence)
		}
	}
	return float64(int(least*steps+1e-9)+1) / steps
}
