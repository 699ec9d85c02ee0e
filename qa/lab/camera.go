package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Scene is what a scripted camera sees. The zero Scene follows the page: what its
// active step asks for, in good condition, moved as challenges ask.
type Scene struct {
	View      string  `json:"view,omitempty"` // front, back, face, nothing; empty: what the step asks for
	Kind      string  `json:"kind,omitempty"` // of document; default identity-card
	Condition string  `json:"condition,omitempty"`
	Seed      uint64  `json:"seed,omitempty"`   // default 1
	Answer    string  `json:"answer,omitempty"` // challenges: right (default), wrong, never
	For       int     `json:"for,omitempty"`    // milliseconds until the next scene; of the last one: for ever
	TiltX     float64 `json:"tiltX,omitempty"`  // degrees; the right edge nearer
	TiltY     float64 `json:"tiltY,omitempty"`  // degrees; the lower edge nearer
	Yaw       float64 `json:"yaw,omitempty"`    // degrees, to the person's own left
	Closer    float64 `json:"closer,omitempty"` // how much nearer; 0 and 1: as it was
	Moment    float64 `json:"-"`                // seconds: the hand moves
}

// cameraCookie names a browser's camera: its phone page gets the script.
const cameraCookie = "visavis-qa-camera"

// maxScenes bounds one list of scenes, maxCameras the cameras that are remembered.
const (
	maxScenes  = 50
	maxCameras = 100
)

var cameraName = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// camera is what the browsers of one name see. Guarded by the lab's mu.
type camera struct {
	scenes   []byte // JSON, the newest list
	browsers map[chan []byte]struct{}
}

func (c *camera) end() {
	for b := range c.browsers {
		close(b)
	}
	c.browsers = map[chan []byte]struct{}{}
}

// cameraOf finds or makes a camera; the caller holds mu.
func (l *Lab) cameraOf(name string) (*camera, error) {
	if !cameraName.MatchString(name) {
		return nil, fmt.Errorf("camera %.50q: want letters, digits and -", name)
	}
	if c := l.cameras[name]; c != nil {
		return c, nil
	}
	if l.closed {
		return nil, errors.New("the server stops")
	}
	for known, c := range l.cameras {
		if len(l.cameras) >= maxCameras && len(c.browsers) == 0 {
			delete(l.cameras, known)
		}
	}
	if len(l.cameras) >= maxCameras {
		return nil, fmt.Errorf("%d cameras are in use", maxCameras)
	}
	c := &camera{scenes: []byte(`[{}]`), browsers: map[chan []byte]struct{}{}}
	l.cameras[name] = c
	return c, nil
}

// cameraScenes streams to a browser what its camera sees.
func (l *Lab) cameraScenes(w http.ResponseWriter, r *http.Request) {
	lines := make(chan []byte, maxUnread)
	l.mu.Lock()
	c, err := l.cameraOf(r.PathValue("name"))
	if err != nil {
		l.mu.Unlock()
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.browsers[lines] = struct{}{}
	lines <- sceneLine(c.scenes)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(c.browsers, lines)
		l.mu.Unlock()
	}()
	stream(w, r, lines)
}

func sceneLine(scenes []byte) []byte {
	return slices.Concat([]byte("data: "), scenes, []byte("\n\n"))
}

// cameraShow changes what a camera sees: a scene or a list of scenes.
func (l *Lab) cameraShow(w http.ResponseWriter, r *http.Request) {
	body, err := bodyOf(w, r)
	if err != nil {
		http.Error(w, "scenes: want 4 kB at most", http.StatusRequestEntityTooLarge)
		return
	}
	scenes, err := readScenes(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	encoded, err := json.Marshal(scenes)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err := l.cameraOf(r.PathValue("name"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.scenes = encoded
	for b := range c.browsers {
		select {
		case b <- sceneLine(encoded):
		default: // a browser that stopped reading misses it
		}
	}
	writeJSON(w, map[string]any{"browsers": len(c.browsers), "scenes": scenes})
}

// readScenes reads one scene or a list of them.
func readScenes(body []byte) ([]Scene, error) {
	body = bytes.TrimSpace(body)
	if bytes.HasPrefix(body, []byte("{")) {
		body = slices.Concat([]byte("["), body, []byte("]"))
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	var scenes []Scene
	if err := d.Decode(&scenes); err != nil {
		return nil, fmt.Errorf("scenes: %w: want {\"condition\":\"dark\"} or a list of such", err)
	}
	if len(scenes) < 1 || len(scenes) > maxScenes {
		return nil, fmt.Errorf("%d scenes: want 1 to %d", len(scenes), maxScenes)
	}
	for i := range scenes {
		if err := scenes[i].check(); err != nil {
			return nil, fmt.Errorf("scene %d: %w", i+1, err)
		}
		if scenes[i].For <= 0 && i < len(scenes)-1 {
			return nil, fmt.Errorf("scene %d: want \"for\", milliseconds: only the last may go without", i+1)
		}
	}
	return scenes, nil
}

// sceneOf reads a scene from a picture's address.
func sceneOf(q url.Values) (Scene, error) {
	s := Scene{View: q.Get("view"), Kind: q.Get("kind"), Condition: q.Get("condition")}
	for name, into := range map[string]*float64{"tiltX": &s.TiltX, "tiltY": &s.TiltY, "yaw": &s.Yaw, "closer": &s.Closer,
		"moment": &s.Moment} {
		if text := q.Get(name); text != "" {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || v != v || v < -90 || v > 90 {
				return s, fmt.Errorf("%s %.20q: want a number from -90 to 90", name, text)
			}
			*into = v
		}
	}
	if text := q.Get("seed"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return s, fmt.Errorf("seed %.20q: want a whole number", text)
		}
		s.Seed = seed
	}
	return s, s.check()
}

// picture draws what a scene shows.
func (l *Lab) picture(w http.ResponseWriter, r *http.Request) {
	s, err := sceneOf(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if l.cfg.Draw == nil {
		http.Error(w, "this server cannot draw pictures", http.StatusServiceUnavailable)
		return
	}
	data, err := l.cfg.Draw(s)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(data) // the page went away: there is nobody to tell
}

// withCamera puts the camera's script into the phone's page of a browser that asked for
// it by its cookie.
func (l *Lab) withCamera(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cameraCookie); err != nil || c.Value == "" || r.URL.Path != "/p" || r.Method != http.MethodGet {
		next.ServeHTTP(w, r)
		return
	}
	r.Header.Del("Accept-Encoding")
	r.Header.Del("If-None-Match")
	page := &pageBuffer{ResponseWriter: w}
	next.ServeHTTP(page, r)
	body := strings.Replace(page.body.String(), "<head>", "<head>\n<script src=\"/qa/camera.js\"></script>", 1)
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Etag")
	h.Set("Cache-Control", "no-store")
	if page.status != 0 {
		w.WriteHeader(page.status)
	}
	_, _ = w.Write([]byte(body)) // the browser went away: there is nobody to tell
}

// pageBuffer holds a page back.
type pageBuffer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader remembers the status.
func (p *pageBuffer) WriteHeader(status int) { p.status = status }

// Write keeps the bytes.
func (p *pageBuffer) Write(b []byte) (int, error) { return p.body.Write(b) }
