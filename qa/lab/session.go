package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"visavis/protocol"
	"visavis/qa/recording"
)

// maxFile is the largest recording of one session, bytes: a full capture with all its
// previews needs a tenth of it.
const maxFile = 256 << 20

// session is what is remembered of one pairing session. Guarded by the lab's mu.
type session struct {
	reference string
	began     time.Time
	passings  []recording.Passing
	pictures  int // passings that still have their bytes
	wires     []*wire
	progress  protocol.Progress // the newest that was told
	over      bool
	frame     []byte // the newest preview or still of one part, JPEG
	file      *os.File
	writer    *recording.Writer
}

// sessionOf finds or begins a session; the caller holds mu.
func (l *Lab) sessionOf(reference string) *session {
	for _, s := range l.sessions {
		if s.reference == reference {
			return s
		}
	}
	s := &session{reference: reference, began: time.Now()}
	if l.cfg.Folder != "" {
		if err := s.beginFile(l.cfg); err != nil {
			l.cfg.Logger.Error("recording", "session", reference, "err", err)
		}
	}
	l.sessions = append(l.sessions, s)
	if len(l.sessions) > maxSessions {
		// The oldest that is over goes, or the oldest.
		i := max(0, slices.IndexFunc(l.sessions, func(s *session) bool { return s.over }))
		if err := l.sessions[i].endFile(); err != nil {
			l.cfg.Logger.Error("recording", "session", l.sessions[i].reference, "err", err)
		}
		l.sessions = slices.Delete(l.sessions, i, i+1)
	}
	return s
}

// plainName is a reference that may be part of a file's name.
var plainName = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

func (s *session) beginFile(c Config) error {
	if !plainName.MatchString(s.reference) {
		return fmt.Errorf("reference %.40q: no name of a file", s.reference)
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	name := s.began.UTC().Format("20060102T150405") + "-" + s.reference + ".jsonl"
	file, err := os.OpenFile(filepath.Join(c.Folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	s.file, s.writer = file, recording.NewWriter(file, c.Server(), s.began, c.Blur)
	return nil
}

func (s *session) endFile() error {
	if s.writer == nil {
		return nil
	}
	err := errors.Join(s.writer.Close(), s.file.Close())
	s.writer, s.file = nil, nil
	return err
}

// note remembers what passed, writes it and tells those who watch; the caller holds mu.
func (l *Lab) note(s *session, p recording.Passing) {
	before := s.progress
	s.learn(p)
	if s.writer != nil {
		s.writer.Put(p)
		if s.writer.Size() > maxFile {
			l.cfg.Logger.Warn("recording ends: too large", "session", s.reference, "bytes", s.writer.Size())
			if err := s.endFile(); err != nil {
				l.cfg.Logger.Error("recording", "session", s.reference, "err", err)
			}
		}
	}
	s.keep(p)
	if len(l.watchers) > 0 {
		l.tell("passing", shownPassing(s, p))
		for _, e := range eventsBetween(before, s.progress, p.At) {
			l.tell("event", e)
		}
	}
	l.settle(s)
}

// keep remembers within bounds.
func (s *session) keep(p recording.Passing) {
	s.passings = append(s.passings, p)
	if len(s.passings) > maxPassings {
		s.passings = slices.Delete(s.passings, 0, 1)
	}
	if p.Kind != recording.KindBinary {
		return
	}
	if s.pictures++; s.pictures <= maxPictures {
		return
	}
	for i := range s.passings { // the oldest picture goes; that it was sent stays
		if one := &s.passings[i]; one.Kind == recording.KindBinary && one.Data != nil {
			one.Data, s.pictures = nil, s.pictures-1
			return
		}
	}
}

// learn follows the session's state and its newest picture.
func (s *session) learn(p recording.Passing) {
	switch {
	case p.Kind == recording.KindBinary && p.ToServer:
		if f, err := protocol.UnpackFrame(p.Data); err == nil && f.Parts <= 1 {
			s.frame = f.Data
		}
	case p.Kind == recording.KindText && !p.ToServer:
		m, err := protocol.Decode(p.Data)
		if err != nil {
			return
		}
		switch m := m.(type) {
		case protocol.Welcome:
			if m.Progress != nil && m.Progress.Rev > s.progress.Rev {
				s.progress = *m.Progress
			}
		case protocol.Progress:
			if m.Rev > s.progress.Rev {
				s.progress = m
			}
		}
	}
	s.over = s.progress.State == protocol.StateDone || s.progress.State == protocol.StateEnded
}

// settle closes the recording of a session that is over and left by all.
func (l *Lab) settle(s *session) {
	if !s.over || len(s.wires) > 0 || s.writer == nil {
		return
	}
	if err := s.endFile(); err != nil {
		l.cfg.Logger.Error("recording", "session", s.reference, "err", err)
	}
}

// shown is a passing as the page sees it.
type shown struct {
	Session  string             `json:"session"`
	At       time.Time          `json:"at"`
	Conn     int64              `json:"conn"`
	Role     string             `json:"role"`
	Kind     string             `json:"kind"`
	ToServer bool               `json:"toServer"`
	Text     json.RawMessage    `json:"text,omitempty"`
	Frame    *frame             `json:"frame,omitempty"`
	Code     protocol.CloseCode `json:"code,omitempty"`
}

// frame is the head of a picture.
type frame struct {
	Step  string `json:"step"`
	Still bool   `json:"still"`
	Seq   uint32 `json:"seq"`
	Part  int    `json:"part"`
	Parts int    `json:"parts"`
	Bytes int    `json:"bytes"`
}

func shownPassing(s *session, p recording.Passing) shown {
	out := shown{Session: s.reference, At: p.At, Conn: p.Conn, Role: p.Role, Kind: p.Kind, ToServer: p.ToServer,
		Code: p.Code}
	switch p.Kind {
	case recording.KindText:
		out.Text = recording.WithoutSecrets(p.Data)
	case recording.KindBinary:
		if f, err := protocol.UnpackFrame(p.Data); err == nil {
			out.Frame = &frame{f.Step, f.Kind == protocol.Still, f.Seq, f.Part, f.Parts, len(f.Data)}
		}
	}
	return out
}
