package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"visavis/capture"
	"visavis/identity"
)

// Serve is the child's loop. It says ready, names the parts of its jail that the kernel
// lacks, answers requests one after the other, and returns nil when in ends, which it
// does when the parent closes it or exits. Panics are not recovered: a panicking analyzer
// ends the process, and the parent starts another. The bytes of a picture are valid only
// during the call. The interfaces identity.FieldReader, ZoneReader and FaceComparer are
// optional; a request for a missing one is answered with an error.
func Serve(analyzer capture.Analyzer, lacks []string, in, out *os.File) error {
	if err := writeMessage(out, answer{Op: opReady, Lacks: lacks}, nil); err != nil {
		return fmt.Errorf("say ready: %w", err)
	}
	r := bufio.NewReaderSize(in, 64<<10)
	var buf []byte
	for {
		var req request
		body, err := readMessage(r, &req, buf, maxRequest)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		buf = body
		ans, thumbnail := handle(analyzer, req, body)
		err = writeMessage(out, ans, thumbnail)
		if errors.Is(err, errEncode) { // a figure that is no number
			err = writeMessage(out, answer{Op: ans.Op, ID: ans.ID, Error: err.Error()}, nil)
		}
		if err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
}

// Files returns the descriptors that the parent opened for its child.
func Files() (in, out *os.File) {
	return os.NewFile(requestFD, "requests"), os.NewFile(answerFD, "answers")
}

// handle answers one request. There is no cancellation: the parent's timeout ends the
// process.
func handle(analyzer capture.Analyzer, req request, body []byte) (ans answer, thumbnail []byte) {
	ans = answer{Op: req.Op, ID: req.ID}
	err := checkPictures(req, body)
	switch {
	case err != nil:
	case req.Op == opAnalyze && req.Frame != nil:
		var m capture.Measurements
		if m, err = analyzer.Analyze(context.Background(), req.Frame.frame(body)); err == nil {
			thumbnail, m.Thumbnail = m.Thumbnail, nil
			ans.Measurements = &m
		}
	case req.Op == opFields && req.Fields != nil:
		ans.Print, err = readFields(analyzer, *req.Fields, body)
	case req.Op == opZone && req.Zone != nil:
		ans.Zone, err = readZone(analyzer, *req.Zone, body)
	case req.Op == opFaces && req.Faces != nil:
		ans.Score, err = compareFaces(analyzer, *req.Faces, body)
	default:
		err = fmt.Errorf("unknown operation %q", req.Op)
	}
	var refused *capture.FrameError
	switch {
	case errors.As(err, &refused):
		ans.Refused = refused
	case errors.Is(err, capture.ErrBusy):
		ans.Busy = true
	case err != nil:
		ans.Error = err.Error()
	}
	return ans, thumbnail
}

// checkPictures checks the picture data before native code, which would fill in missing
// data.
func checkPictures(req request, body []byte) error {
	pictures := [][]byte{body}
	if req.Faces != nil {
		if req.Faces.First < 0 || req.Faces.First > len(body) {
			return fmt.Errorf("first of two pictures ends at %d of %d", req.Faces.First, len(body))
		}
		pictures = [][]byte{body[:req.Faces.First], body[req.Faces.First:]}
	}
	for _, jpeg := range pictures {
		if err := capture.CheckPicture(jpeg); err != nil {
			return err
		}
	}
	return nil
}

// An analyzer may lack an interface of identity, as in a build without a model.
func absent(what string) error { return fmt.Errorf("this worker %s", what) }

func readFields(analyzer capture.Analyzer, r fieldsInfo, jpeg []byte) (*identity.PrintedSide, error) {
	reader, ok := analyzer.(identity.FieldReader)
	if !ok {
		return nil, absent("reads no print")
	}
	side, err := reader.ReadFields(context.Background(), identity.FieldRequest{JPEG: jpeg, Side: r.Side, Kind: r.Kind})
	return &side, err
}

func readZone(analyzer capture.Analyzer, r zoneInfo, jpeg []byte) (*identity.ZoneReading, error) {
	reader, ok := analyzer.(identity.ZoneReader)
	if !ok {
		return nil, absent("reads no machine readable zones")
	}
	zone, err := reader.ReadZone(context.Background(), identity.ZoneRequest{JPEG: jpeg, Line: r.Line})
	return &zone, err
}

func compareFaces(analyzer capture.Analyzer, r facesInfo, both []byte) (*identity.FaceScore, error) {
	comparer, ok := analyzer.(identity.FaceComparer)
	if !ok {
		return nil, absent("compares no faces")
	}
	score, err := comparer.CompareFaces(context.Background(), identity.FacePair{
		A: both[:r.First:r.First], B: both[r.First:]})
	return &score, err
}
