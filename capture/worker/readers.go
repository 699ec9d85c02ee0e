package worker

import (
	"context"
	"slices"

	"visavis/capture"
	"visavis/identity"
)

var (
	_ capture.Analyzer      = (*Pool)(nil)
	_ identity.FieldReader  = (*Pool)(nil)
	_ identity.ZoneReader   = (*Pool)(nil)
	_ identity.FaceComparer = (*Pool)(nil)
)

// readingClass returns the class of a reading: that of a still if a person waits for it,
// otherwise that of a job.
func readingClass(ctx context.Context) class {
	if capture.AskerOf(ctx).Session != "" {
		return classStill
	}
	return classReading
}

// ReadFields reads the printed zone in a worker. Context and a lost worker are as with
// Analyze: the error then is capture.ErrBusy.
func (p *Pool) ReadFields(ctx context.Context, r identity.FieldRequest) (identity.PrintedSide, error) {
	if _, err := capture.NewPicture(r.JPEG); err != nil {
		return identity.PrintedSide{}, err
	}
	a, _, err := p.ask(ctx, readingClass(ctx), request{Op: opFields, Fields: &fieldsInfo{Side: r.Side, Kind: r.Kind}},
		r.JPEG, p.cfg.ReadTimeout)
	if err != nil {
		return identity.PrintedSide{}, err
	}
	if a.Print == nil {
		return identity.PrintedSide{}, errNothing
	}
	return *a.Print, nil
}

// ReadZone reads the machine readable zone in a worker, as ReadFields does.
func (p *Pool) ReadZone(ctx context.Context, r identity.ZoneRequest) (identity.ZoneReading, error) {
	if _, err := capture.NewPicture(r.JPEG); err != nil {
		return identity.ZoneReading{}, err
	}
	a, _, err := p.ask(ctx, readingClass(ctx), request{Op: opZone, Zone: &zoneInfo{Line: r.Line}}, r.JPEG,
		p.cfg.ReadTimeout)
	if err != nil {
		return identity.ZoneReading{}, err
	}
	if a.Zone == nil {
		return identity.ZoneReading{}, errNothing
	}
	return *a.Zone, nil
}

// CompareFaces compares two faces in a worker, as ReadFields does. The pictures go over
// the pipe and are not kept.
func (p *Pool) CompareFaces(ctx context.Context, pair identity.FacePair) (identity.FaceScore, error) {
	for _, picture := range [][]byte{pair.A, pair.B} {
		if _, err := capture.NewPicture(picture); err != nil {
			return identity.FaceScore{}, err
		}
	}
	both := slices.Concat(pair.A, pair.B)
	a, _, err := p.ask(ctx, readingClass(ctx), request{Op: opFaces, Faces: &facesInfo{First: len(pair.A)}}, both,
		p.cfg.ReadTimeout)
	if err != nil {
		return identity.FaceScore{}, err
	}
	if a.Score == nil {
		return identity.FaceScore{}, errNothing
	}
	return *a.Score, nil
}
