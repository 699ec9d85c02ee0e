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

// readingClass tells a reading that a person waits for, as for a still, from that of a job.
func readingClass(ctx context.Context) class {
	if capture.AskerOf(ctx).Session != "" {
		return classStill
	}
	return classReading
}

// ReadFields lets a worker read the printed zone. What the context bounds, and
// what a lost worker costs, is as with Analyze: the error then is capture.ErrBusy.
func (p *Pool) ReadFields(ctx context.Context, r identity.FieldRequest) (identity.PrintedSide, error) {
	if _, err := capture.NewPicture(r.JPEG); err != nil {
		return identity.PrintedSide{}, err
	}
	a, _, err := p.ask(ctx, readingClass(ctx), request{Op: opFields, Fields: &fieldsInfo{Side: r.Side, Kind: r.Kind}}, r.JPEG, p.cfg.ReadTimeout)
	if err != nil {
		return identity.PrintedSide{}, err
	}
	if a.Print == nil {
		return identity.PrintedSide{}, errNothing
	}
	return *a.Print, nil
}

// ReadZone lets a worker read the machine readable zone, as ReadFields does.
func (p *Pool) ReadZone(ctx context.Context, r identity.ZoneRequest) (identity.ZoneReading, error) {
	if _, err := capture.NewPicture(r.JPEG); err != nil {
		return identity.ZoneReading{}, err
	}
	a, _, err := p.ask(ctx, readingClass(ctx), request{Op: opZone, Zone: &zoneInfo{Line: r.Line}}, r.JPEG, p.cfg.ReadTimeout)
	if err != nil {
		return identity.ZoneReading{}, err
	}
	if a.Zone == nil {
		return identity.ZoneReading{}, errNothing
	}
	return *a.Zone, nil
}

// CompareFaces lets a worker compare two faces, as ReadFields does. The pictures
// go over the pipe and are not kept.
func (p *Pool) CompareFaces(ctx context.Context, pair identity.FacePair) (identity.FaceScore, error) {
	for _, picture := range [][]byte{pair.A, pair.B} {
		if _, err := capture.NewPicture(picture); err != nil {
			return identity.FaceScore{}, err
		}
	}
	both := slices.Concat(pair.A, pair.B)
	a, _, err := p.ask(ctx, readingClass(ctx), request{Op: opFaces, Faces: &facesInfo{First: len(pair.A)}}, both, p.cfg.ReadTimeout)
	if err != nil {
		return identity.FaceScore{}, err
	}
	if a.Score == nil {
		return identity.FaceScore{}, errNothing
	}
	return *a.Score, nil
}
