package live

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func TestAgentName(t *testing.T) {
	tests := []struct {
		agent string
		phone bool
		want  string
	}{
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", true, "iPhone, Safari"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1", true, "iPhone, Chrome"},
		{"Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36", true, "Android, Samsung Internet"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", false, "Firefox, Windows"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0", false, "Edge, Windows"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", false, "Safari, Mac"},
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0 Safari/537.36", false, "Chrome, Linux"},
		{"curl/8.0", false, ""}, {"", true, ""},
	}
	for _, tt := range tests {
		if got := AgentName(tt.agent, tt.phone); got != tt.want {
			t.Errorf("AgentName(%q, %v) = %q, want %q", tt.agent, tt.phone, got, tt.want)
		}
	}
}

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{" Pixel 8 ": "Pixel 8", "iPhone\u202e\u200bérbmos": "iPhoneérbmos",
		"a\x00\nb": "ab", strings.Repeat("é", 90): strings.Repeat("é", 40)} {
		if got := cleanName(name); got != want {
			t.Errorf("cleanName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPace(t *testing.T) {
	var p pace
	now := time.Now()
	side := p.answer(now, 20*time.Millisecond)
	if side != leastPreview {
		t.Errorf("the first preview: %d, want %d", side, leastPreview)
	}
	for range 10 {
		now = now.Add(80 * time.Millisecond)
		p.arrived(now)
		side = p.answer(now, 20*time.Millisecond)
	}
	if side != mostPreview {
		t.Errorf("on a fast line: %d, want %d", side, mostPreview)
	}
	for range 20 {
		now = now.Add(900 * time.Millisecond)
		p.arrived(now)
		side = p.answer(now, 20*time.Millisecond)
	}
	if side != leastPreview {
		t.Errorf("on a slow line: %d, want %d", side, leastPreview)
	}
}

func TestQR(t *testing.T) {
	svg, err := QRCode("https://192.0.2.10:8443/p#" + strings.Repeat("A", 43))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Width   string `xml:"width,attr"`
		ViewBox string `xml:"viewBox,attr"`
		Path    []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Width != "280" || len(doc.Path) != 1 || !strings.HasPrefix(doc.Path[0].D, "M4 4h7v1h-7z") {
		t.Errorf("width %s, %d paths, begins %.20s: want 280, one, and the finder pattern behind a quiet zone of 4",
			doc.Width, len(doc.Path), doc.Path[0].D)
	}
}
