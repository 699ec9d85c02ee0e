package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"
)

const (
	// replayTables keys of replayTurns projections each: the same moment, encoded
	// anew, shares one of them in nine of ten cases, the moment of another sitting
	// hardly ever, though room, clothes and face are the same.
	replayTables, replayTurns = 4, 10
	// replayStep is the width of a bin. Encoding anew moves the 64 grey levels by 8 to
	// 24 in all, a person who sits down again by 50 at the least and 200 as a rule.
	replayStep = 36
)

// ReplayFrames is how many different moments of one earlier session a sequence must
// show to be a recording of it. One moment alone may agree by chance. The test of
// recordings measures what these numbers give.
const ReplayFrames = 4

// MostSuspicions is how often a step is held up because what it shows was shown by
// another session: the first time the person is told, then the step goes on with a
// doubt for the reviewer. People come back with the same face, clothes and room, and
// send the same file twice.
const MostSuspicions = 2

// tellSuspicion is how long gestures pause while it is said that they were seen before.
const tellSuspicion = 4 * time.Second

// DoubtShownAgain is the doubt about a step that showed what another session had
// shown, more than once.
const DoubtShownAgain = "shown-again"

// Suspect notes that the open step was shown what another session had shown. It
// reports whether the person is to be told and to try once more; false: the step goes
// on, with a doubt.
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

// Telling tells whether a suspicion is being said, so that none is to be looked for.
func (f *Flow) Telling() bool {
	s := f.open()
	return s != nil && !s.ToldUntil.IsZero()
}

// doubtShownAgain is scored by the tries that are left before it is a doubt.
func (s *StepRecord) doubtShownAgain() { s.doubt(Doubt{DoubtShownAgain, 0, 1}) }

// told tells whether gestures pause because a suspicion is being said; when that is
// over they are drawn anew.
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

// ReplayKeys name a moment by its print: two pictures of one moment share a key even
// when size and quality of the JPEG differ. Nil when there is no print.
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
