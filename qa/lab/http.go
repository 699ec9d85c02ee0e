package lab

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"visavis/capture"
	"visavis/qa/recording"
)

//go:embed page
var pages embed.FS

// policy lets the page load its own files and pictures, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler answers everything below /qa and leaves the rest to next. Pages of other
// sites cannot press its buttons.
func (l *Lab) Handler(next http.Handler) http.Handler {
	files, err := fs.Sub(pages, "page")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /qa", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "lab.html") })
	mux.HandleFunc("GET /qa/{file}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, r.PathValue("file"))
	})
	mux.HandleFunc("GET /qa/events", l.events)
	mux.HandleFunc("GET /qa/sessions", l.list)
	mux.HandleFunc("GET /qa/sessions/{reference}/messages", l.messages)
	mux.HandleFunc("GET /qa/sessions/{reference}/frame.jpg", l.newestFrame)
	mux.HandleFunc("GET /qa/sessions/{reference}/recording.jsonl", l.download)
	mux.HandleFunc("POST /qa/sessions/{reference}/faults", l.fault)
	mux.HandleFunc("GET /qa/camera/{name}", l.cameraScenes)
	mux.HandleFunc("POST /qa/camera/{name}", l.cameraShow)
	mux.HandleFunc("GET /qa/picture.jpg", l.picture)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/qa" && !strings.HasPrefix(r.URL.Path, "/qa/") {
			l.withCamera(next, w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	})
}

// Analyzer answers busy as often as the page asked for, and leaves the rest to next.
func (l *Lab) Analyzer(next capture.Analyzer) capture.Analyzer {
	return capture.AnalyzerFunc(func(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
		for n := l.busy.Load(); n > 0; n = l.busy.Load() {
			if l.busy.CompareAndSwap(n, n-1) {
				return capture.Measurements{}, capture.ErrBusy
			}
		}
		return next.Analyze(ctx, f)
	})
}

// events streams what passes and what happens until the page leaves.
func (l *Lab) events(w http.ResponseWriter, r *http.Request) {
	lines := make(chan []byte, maxUnread)
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		http.Error(w, "the server stops", http.StatusServiceUnavailable)
		return
	}
	l.watchers[lines] = struct{}{}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.watchers, lines)
		l.mu.Unlock()
	}()
	stream(w, r, lines)
}

// stream sends lines as server-sent events until they end or the page leaves.
func stream(w http.ResponseWriter, r *http.Request, lines <-chan []byte) {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold it back
	write := func(b []byte) bool {
		// Not every writer has a deadline; without one the server's own holds.
		_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
		_, err := w.Write(b)
		return err == nil && control.Flush() == nil
	}
	comment := time.NewTicker(10 * time.Second)
	defer comment.Stop()
	open := write([]byte(": here\n\n"))
	for open {
		select {
		case <-r.Context().Done():
			return
		case <-comment.C:
			open = write([]byte(":\n\n"))
		case line, ok := <-lines:
			open = ok && write(line)
		}
	}
}

// summary is a session in the list.
type summary struct {
	Reference string    `json:"reference"`
	Began     time.Time `json:"began"`
	Progress  any       `json:"progress"`
	Over      bool      `json:"over"`
	Sockets   []string  `json:"sockets"` // the roles of those that are open
}

func (l *Lab) list(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	all := []summary{}
	for _, s := range l.sessions {
		one := summary{Reference: s.reference, Began: s.began, Progress: s.progress, Over: s.over, Sockets: []string{}}
		for _, w := range s.wires {
			one.Sockets = append(one.Sockets, w.role)
		}
		all = append(all, one)
	}
	l.mu.Unlock()
	writeJSON(w, map[string]any{"sessions": all})
}

func writeJSON(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what) // the page went away: there is nobody to tell
}

// with calls do with a session, holding mu; without one it answers 404.
func (l *Lab) with(w http.ResponseWriter, r *http.Request, do func(*session)) bool {
	reference := r.PathValue("reference")
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sessions {
		if s.reference == reference {
			do(s)
			return true
		}
	}
	http.Error(w, fmt.Sprintf("no session %.40q is remembered: /qa/sessions lists them", reference), http.StatusNotFound)
	return false
}

func (l *Lab) messages(w http.ResponseWriter, r *http.Request) {
	all := []shown{}
	if l.with(w, r, func(s *session) {
		for _, p := range s.passings {
			all = append(all, shownPassing(s, p))
		}
	}) {
		writeJSON(w, map[string]any{"messages": all})
	}
}

func (l *Lab) newestFrame(w http.ResponseWriter, r *http.Request) {
	var data []byte
	if !l.with(w, r, func(s *session) { data = s.frame }) {
		return
	}
	if data == nil {
		http.Error(w, "no picture has come yet", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(data) // the page went away: there is nobody to tell
}

// download writes what is remembered of a session as a recording: "?blur=1" without
// its pictures.
func (l *Lab) download(w http.ResponseWriter, r *http.Request) {
	var passings []recording.Passing
	var began time.Time
	if !l.with(w, r, func(s *session) { passings, began = append(passings, s.passings...), s.began }) {
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	w.Header().Set("Content-Disposition", `attachment; filename="`+r.PathValue("reference")+`.jsonl"`)
	out := recording.NewWriter(w, l.cfg.Server(), began, r.URL.Query().Get("blur") != "")
	for _, p := range passings {
		if p.Kind == recording.KindBinary && p.Data == nil {
			continue // its picture was let go
		}
		out.Put(p)
	}
	if err := out.Close(); err != nil {
		l.cfg.Logger.Debug("download", "err", err)
	}
}

// The most that a fault may be: a socket that is slower counts as gone anyway.
const (
	mostSlow = 5 * time.Second
	mostBusy = 100
)

// fault does to a session what its form names: drop=phone or desktop, slow=MILLISECONDS
// (0 ends it) for the phone, busy=TIMES for the next pictures of any session.
func (l *Lab) fault(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	drop, slow, busy := r.FormValue("drop"), r.FormValue("slow"), r.FormValue("busy")
	milliseconds, err := number(slow, int(mostSlow/time.Millisecond))
	if err != nil {
		http.Error(w, "slow: "+err.Error(), http.StatusBadRequest)
		return
	}
	times, err := number(busy, mostBusy)
	if err != nil {
		http.Error(w, "busy: "+err.Error(), http.StatusBadRequest)
		return
	}
	if drop != "" && drop != "phone" && drop != "desktop" || drop+slow+busy == "" {
		http.Error(w, "want drop=phone or drop=desktop, slow=MILLISECONDS, or busy=TIMES", http.StatusBadRequest)
		return
	}
	var cut []func()
	if !l.with(w, r, func(s *session) {
		for _, one := range s.wires {
			if one.role == drop {
				cut = append(cut, one.cut)
			}
			if one.role == "phone" && slow != "" {
				one.slow = time.Duration(milliseconds) * time.Millisecond
			}
		}
	}) {
		return
	}
	if busy != "" {
		l.busy.Store(int64(times))
	}
	for _, end := range cut {
		end()
	}
	writeJSON(w, map[string]any{"dropped": len(cut)})
}

// number reads a whole number from 0 to most; empty is 0.
func number(text string, most int) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%.20q: want a whole number from 0 to %d", text, most)
	}
	return n, nil
}

// bodyOf reads a small body.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<10))
}
