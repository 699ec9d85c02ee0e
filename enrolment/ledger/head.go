package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"visavis/enrolment/bucket"
)

// Head is the state of the log at a point in time.
type Head struct {
	Size int64 // leaves
	Root tlog.Hash
	At   time.Time
}

const (
	origin   = "visavis log v1"
	headName = folder + "head"
)

// Text returns the text that is signed and stamped.
func (h Head) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", origin, h.Size, h.Root, h.At.Format(time.RFC3339Nano))
}

func parseHead(text string) (Head, error) {
	bad := errors.New("ledger: this is no head of the log")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 4 || lines[0] != origin {
		return Head{}, bad
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Head{}, bad
	}
	h := Head{Size: size}
	if h.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return Head{}, bad
	}
	if h.At, err = time.Parse(time.RFC3339Nano, lines[3]); err != nil || h.Text() != text {
		return Head{}, bad
	}
	return h, nil
}

// Note returns a head with its signature, in the form that is stored and that an operator
// keeps elsewhere.
func (l *Ledger) Note(h Head) string { return h.Text() + "\n" + l.Sign(h.Text()) + "\n" }

// ErrHeadForged says that this server did not sign the head.
var ErrHeadForged = errors.New("ledger: the head is not signed by this server")

// ParseNote parses a signed head and checks its signature. ErrHeadForged.
func (l *Ledger) ParseNote(note string) (Head, error) {
	text, signature, ok := strings.Cut(note, "\n\n")
	if !ok {
		return Head{}, errors.New("ledger: this is no head of the log")
	}
	h, err := parseHead(text + "\n")
	if err != nil {
		return Head{}, err
	}
	if !l.Signed(h.Text(), strings.TrimSuffix(signature, "\n")) {
		return Head{}, ErrHeadForged
	}
	return h, nil
}

// Head returns the newest head, or the zero Head if nothing was appended.
func (l *Ledger) Head(ctx context.Context) (Head, error) {
	body, err := l.Bucket.Read(ctx, headName)
	if errors.Is(err, bucket.ErrNotFound) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("ledger: %w", err)
	}
	return l.ParseNote(string(body))
}

func (l *Ledger) writeHead(ctx context.Context, h Head) error {
	return l.Bucket.Write(ctx, headName, []byte(l.Note(h)))
}

// Stamp is a time stamp over a signed head.
type Stamp struct {
	Head  Head
	Token []byte // TimeStampToken of RFC 3161, DER
}

func stampName(size int64) string { return fmt.Sprintf("%sstamps/%012d", folder, size) }

// AddStamp stores a time stamp of a head.
func (l *Ledger) AddStamp(ctx context.Context, s Stamp) error {
	name := stampName(s.Head.Size)
	if err := l.Bucket.Write(ctx, name+".tst", s.Token); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := l.Bucket.Write(ctx, name+".head", []byte(l.Note(s.Head))); err != nil { // the last: it makes the stamp count
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// LastStamp returns the stamp of the largest head, or nil.
func (l *Ledger) LastStamp(ctx context.Context) (*Stamp, error) {
	names, err := l.Bucket.List(ctx, folder+"stamps/")
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	for _, at := range slices.Backward(names) {
		name, ok := strings.CutSuffix(at, ".head")
		if !ok {
			continue
		}
		note, err := l.Bucket.Read(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		var s Stamp
		if s.Head, err = l.ParseNote(string(note)); err != nil {
			return nil, err
		}
		if s.Token, err = l.Bucket.Read(ctx, name+".tst"); err != nil {
			return nil, fmt.Errorf("ledger: the time stamp of head %d: %w", s.Head.Size, err)
		}
		return &s, nil
	}
	return nil, nil //nolint:nilnil // no stamp is a state of its own
}

// CopyTo writes what a head covers to another bucket: leaves, hashes, stamps, and last
// the head. The log may grow meanwhile.
func (l *Ledger) CopyTo(ctx context.Context, to bucket.Bucket, h Head) error {
	names, err := l.Bucket.List(ctx, folder)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	for _, name := range names {
		if name == headName || strings.HasPrefix(name, folder+"stamps/") && name > stampName(h.Size)+".tst" {
			continue
		}
		body, err := l.Bucket.Read(ctx, name)
		if err == nil {
			err = to.Write(ctx, name, body)
		}
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	if h.Size == 0 {
		return nil
	}
	return (&Ledger{Bucket: to, Sign: l.Sign}).writeHead(ctx, h)
}
