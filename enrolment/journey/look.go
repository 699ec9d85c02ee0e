package journey

import (
	"context"
	"time"

	"visavis/enrolment"
	"visavis/identity"
)

// sighting is the readers' result for one capture.
type sighting struct {
	zones     []sideZone // of each side of the document that was read
	zone      sideZone   // the best-read one of them
	printed   []identity.PrintedSide
	score     identity.FaceScore
	compared  bool
	unreached []string // readers that did not answer
}

// sideZone is the zone read from a side's still, or from the still and some frames.
type sideZone struct {
	identity.ZoneReading
	side   string
	frames int
}

// choose selects the zone that was read best; the first among equals.
func (s *sighting) choose() {
	s.zone = sideZone{ZoneReading: identity.ZoneReading{Reading: identity.Reading{Status: identity.Unreadable}}}
	for _, z := range s.zones {
		if s.zone.side == "" || trust(z.Status) > trust(s.zone.Status) {
			s.zone = z
		}
	}
}

// look reads the stills, and some frames if no still shows a zone beyond doubt.
func (v *Verifier) look(ctx context.Context, r enrolment.Record) (s sighting, err error) {
	pictures := map[string][]byte{}
	for side, taken := range r.Taken {
		if pictures[side], _, err = v.Service.cfg.Keeper.Read(ctx, r.ID, taken.Item); err != nil {
			return s, err
		}
	}
	for _, side := range enrolment.Sides(r.Document) {
		if side == enrolment.SideSelfie || pictures[side] == nil {
			continue
		}
		if err := v.lookAt(ctx, &s, r, side, pictures[side]); err != nil {
			return s, err
		}
	}
	if s.choose(); s.zone.Status != identity.Valid {
		for i := range s.zones {
			if err := v.lookTogether(ctx, r, &s.zones[i]); err != nil {
				return s, err
			}
		}
		s.choose()
	}
	if face := pictures[enrolment.SideSelfie]; face != nil && pictures[string(identity.Front)] != nil {
		err = v.ask(ctx, &s, "faces", func() (err error) {
			s.score, err = v.Faces.CompareFaces(ctx, identity.FacePair{A: pictures[string(identity.Front)], B: face})
			s.compared = err == nil && s.score.FoundA && s.score.FoundB
			return err
		})
	}
	return s, err
}

// lookAt reads zone and print of one side's still.
func (v *Verifier) lookAt(ctx context.Context, s *sighting, r enrolment.Record, side string, jpeg []byte) error {
	err := v.ask(ctx, s, "zone", func() error {
		zone, err := v.Zones.ReadZone(ctx, identity.ZoneRequest{JPEG: jpeg})
		if err == nil {
			s.zones = append(s.zones, sideZone{ZoneReading: zone, side: side})
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.ask(ctx, s, "print", func() error {
		printed, err := v.Fields.ReadFields(ctx, identity.FieldRequest{
			JPEG: jpeg, Side: identity.Side(side), Kind: identity.Kind(r.Document)})
		if err == nil {
			s.printed = append(s.printed, printed)
		}
		return err
	})
}

// framesRead is how many frames of a side's sequence are read besides its still: enough
// to outvote a letter that glare hides in some, at some tenths of a second each.
const framesRead = 5

// lookTogether reads a side's zone from its still and some frames of its sequence.
// Unreadable frames are skipped.
func (v *Verifier) lookTogether(ctx context.Context, r enrolment.Record, zone *sideZone) error {
	frames, err := v.Service.framesOf(ctx, r, zone.side, framesRead)
	if err != nil {
		return err
	}
	readings := []identity.ZoneReading{zone.ZoneReading}
	for _, jpeg := range frames {
		reading, err := v.Zones.ReadZone(ctx, identity.ZoneRequest{JPEG: jpeg})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && len(reading.Recognised) > 0:
			readings = append(readings, reading)
		}
	}
	if together := identity.ReadTogether(readings); together.Status != identity.Unreadable {
		zone.frames, zone.ZoneReading = len(readings)-1, together
	}
	return nil
}

func trust(s identity.Status) int {
	switch s {
	case identity.Valid:
		return 3
	case identity.Corrected:
		return 2
	case identity.Ambiguous:
		return 1
	}
	return 0
}

// askTimes bounds the attempts to ask a reader: a crashed worker is back within seconds.
const (
	askTimes = 3
	askPause = 2 * time.Second
)

// ask calls a reader, and records if it did not answer.
func (v *Verifier) ask(ctx context.Context, s *sighting, reader string, question func() error) error {
	var err error
	for i := range askTimes {
		if i > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(askPause):
			}
		}
		if err = question(); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	v.Logger.WarnContext(ctx, "a reader did not answer", "reader", reader, "err", err)
	s.unreached = append(s.unreached, reader)
	return nil
}
