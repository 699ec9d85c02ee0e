package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"
)

const (
	// replayTables keys of replayTurns projections each. In nine of ten cases a
	// re-encoded moment shares one of them. A moment of another sitting hardly ever does,
	// even in the same room and clothes.
	replayTables, replayTurns = 4, 10
	// replayStep is the width of a bin. Re-encoding moves the 64 grey levels by 8 to 24
	// in total; a person who sits down again moves them by at least 50, usually 200.
	replayStep = 36
)

// ReplayFrames is how many different moments of one earlier session a sequence must show
// to count as its recording. A single moment may match by chance. The test of recordings
// measures the error rates.
const ReplayFrames = 4

// MostSuspicions is how often a step is held up for showing content of another session.
// The first time the person is told; after that the step goes on with a doubt for the
// reviewer. People return with the same face, clothes and room, and send the same file
// twice.
const MostSuspicions = 2

// tellSuspicion is how long gestures pause while the person is told.
const tellSuspicion = 4 * time.Second

// DoubtShownAgain is the doubt about a step that showed content of another session more
// than once.
const DoubtShownAgain = "shown-again"

// Suspect records that the open step showed content of another session. It reports
// whether the person is told and tries once more. If false, the step goes on with a
// doubt.
func (f *Flow) Suspect(now time.Time) bool {
	s := f.open()
	if s == nil {
		return false
	}
	s.Suspicions = min(s.Suspicions+1, MostSuspicions)
	if s.Suspicions < MostSuspicions {
		s.ToldUntil = now.Add(tellSuspicion)
		return true
	}
	s.doubtShownAgain()
	return false
}

// Telling reports whether the person is being told of a suspicion. No other is looked for
// meanwhile.
func (f *Flow) Telling() bool {
	s := f.open()
	return s != nil && !s.ToldUntil.IsZero()
}

// doubtShownAgain records the doubt. Its score is the number of attempts left.
func (s *StepRecord) doubtShownAgain() { s.doubt(Doubt{DoubtShownAgain, 0, 1}) }

// told reports whether gestures pause because the person is being told. After the pause
// they are drawn anew.
func (f *Flow) told(s *StepRecord, now time.Time, out *Outcome) bool {
	switch {
	case s.ToldUntil.IsZero():
		return false
	case now.Before(s.ToldUntil) && s.ToldUntil.Sub(now) <= tellSuspicion:
		out.Verdict.Hint = HintShownAgain
		return true
	}
	maySkip := s.Moves.MaySkip
	f.startGestures(s, now)
	s.ToldUntil, s.Moves.MaySkip, out.Changed = time.Time{}, maySkip, true
	return false
}

// ReplayKeys returns keys of a moment from its print. Two pictures of one moment share a
// key even if size and quality of the JPEG differ. Nil without a print.
func ReplayKeys(print []byte) []string {
	if len(print) != 64 {
		return nil
	}
	keys := make([]string, replayTables)
	for t := range keys {
		bins := []byte{byte(t)}
		for k := range replayTurns {
			// A fixed direction for each, drawn from its number.
			d := sha256.Sum256([]byte{byte(t), byte(k)})
			sum := float64(d[31]) / 256 * replayStep
			for i, v := range print {
				if d[i/8]>>(i%8)&1 == 1 {
					sum += float64(v)
				} else {
					sum -= float64(v)
				}
			}
			bin := int(math.Floor(sum / replayStep))
			bins = append(bins, byte(bin), byte(bin>>8))
		}
		h := sha256.Sum256(bins)
		keys[t] = hex.EncodeToString(h[:12])
	}
	return keys
}
