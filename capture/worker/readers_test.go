package worker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"visavis/capture"
	"visavis/identity"
)

// readings are the three kinds of reading with the picture of a seq.
func readings(t *testing.T, p *Pool) map[string]func(seq uint32) error {
	t.Helper()
	return map[string]func(seq uint32) error{
		opFields: func(seq uint32) error {
			_, err := p.ReadFields(t.Context(), identity.FieldRequest{JPEG: small(t, 40, seq)})
			return err
		},
		opZone: func(seq uint32) error {
			_, err := p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: small(t, 40, seq)})
			return err
		},
		opFaces: func(seq uint32) error {
			_, err := p.CompareFaces(t.Context(), identity.FacePair{A: small(t, 40, seqGood), B: small(t, 41, seq)})
			return err
		},
	}
}

func TestReadingsGoThereAndBack(t *testing.T) {
	p := newPool(t, 1, nil)
	side, err := p.ReadFields(t.Context(), identity.FieldRequest{JPEG: small(t, 40, seqGood), Side: identity.Back,
		Kind: identity.KindPassport})
	if f, ok := side.Field(identity.FieldSurname); err != nil || side.Words != 40 || side.Kind != identity.KindPassport ||
		!ok || f.Text != "back" {
		t.Errorf("print: %+v, %v", side, err)
	}
	zone, err := p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: small(t, 17, seqGood)})
	if err != nil || zone.LetterHeight != 17 || zone.Status != identity.Corrected || len(zone.Changes) != 1 ||
		zone.Changes[0].From != 'O' || zone.Recognised[0] != "I<" {
		t.Errorf("zone: %+v, %v", zone, err)
	}
	score, err := p.CompareFaces(t.Context(), identity.FacePair{A: small(t, 23, seqGood), B: small(t, 45, seqGood)})
	if err != nil || score.Score != 2345 || !score.FoundA || score.FoundB {
		t.Errorf("faces: %+v, %v: want the first picture first", score, err)
	}
	if s := p.Stats(); s.Frames != 3 || s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
}

func TestALostWorkerCostsOneReading(t *testing.T) {
	for _, op := range []string{opFields, opZone, opFaces} {
		for name, seq := range map[string]uint32{"abort": seqCrash, "for ever": seqSleep, "garbage": seqGarbage,
			"out of turn": seqOutOfTurn} {
			t.Run(op+" "+name, func(t *testing.T) {
				p := newPool(t, 1, func(cfg *Config) {
					if seq == seqSleep {
						cfg.ReadTimeout = 300 * time.Millisecond
					}
				})
				if err := readings(t, p)[op](seq); !errors.Is(err, capture.ErrBusy) {
					t.Fatalf("got %v, want ErrBusy", err)
				}
				soon(t, p)
				if err := readings(t, p)[op](seqGood); err != nil {
					t.Errorf("after that: %v", err)
				}
				if s := p.Stats(); s.Restarts != 1 || (s.Timeouts == 1) != (seq == seqSleep) {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

func TestReadingsHaveATimeOfTheirOwn(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Timeout = 50 * time.Millisecond })
	// Half a second, 100 ms of it on the processor: more than a frame may take.
	if err := readings(t, p)[opZone](seqStarved); err != nil {
		t.Errorf("%v after %+v", err, p.Stats())
	}
}

func TestAPictureThatCostTwoReadingsIsRefused(t *testing.T) {
	p := newPool(t, 1, nil)
	read := readings(t, p)[opZone]
	for range deathsAllowed {
		if err := read(seqCrash); !errors.Is(err, capture.ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
	}
	var refused *capture.FrameError
	if err := read(seqCrash); !errors.As(err, &refused) || refused.Code != "bad-image" {
		t.Errorf("a third time: %v, want bad-image", err)
	}
}

func TestReadingErrorsKeepTheWorker(t *testing.T) {
	p := newPool(t, 1, nil)
	for op, read := range readings(t, p) {
		var refused *capture.FrameError
		if err := read(seqRefuse); !errors.As(err, &refused) || refused.Wanted != "a picture" {
			t.Errorf("%s refused: %v", op, err)
		}
		if err := read(seqFault); err == nil || errors.Is(err, capture.ErrBusy) ||
			!strings.Contains(err.Error(), "model gone") {
			t.Errorf("%s, a fault: %v", op, err)
		}
	}
	_, err := p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: small(t, 40, seqGood), Line: true})
	if err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("a figure that is no number: %v", err)
	}
	if s := p.Stats(); s.Restarts != 0 {
		t.Errorf("%+v, want no worker lost", s)
	}
}

func TestNoReadingOfWhatIsNoPicture(t *testing.T) {
	p := newPool(t, 1, nil)
	good, bad := small(t, 40, seqGood), []byte("\x89PNG\r\n\x1a\n")
	for name, err := range map[string]error{
		"print":  second(p.ReadFields(t.Context(), identity.FieldRequest{JPEG: bad})),
		"zone":   second(p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: bad})),
		"first":  second(p.CompareFaces(t.Context(), identity.FacePair{A: bad, B: good})),
		"second": second(p.CompareFaces(t.Context(), identity.FacePair{A: good, B: bad})),
		"tiny":   second(p.ReadZone(t.Context(), identity.ZoneRequest{JPEG: small(t, 7, seqGood)})),
	} {
		if _, ok := errors.AsType[*capture.FrameError](err); !ok {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	if s := p.Stats(); s.Frames != 0 {
		t.Errorf("%+v, want no worker asked", s)
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnAnalyzerThatMeasuresOnly(t *testing.T) {
	p := newPool(t, 1, func(cfg *Config) { cfg.Env = []string{childEnv + "=measures only"} })
	for op, read := range readings(t, p) {
		if err := read(seqGood); err == nil || errors.Is(err, capture.ErrBusy) ||
			!strings.Contains(err.Error(), "this worker ") {
			t.Errorf("%s: %v, want a clear no", op, err)
		}
	}
	soon(t, p)
}
