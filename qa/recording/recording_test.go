package recording

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What opens a session is in no recording, however a client writes its JSON.
func TestSecretsAreNotWritten(t *testing.T) {
	const s = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWo"
	for name, message := range map[string]string{
		"compact":             `{"type":"hello","token":"` + s + `","rev":3}`,
		"with spaces":         `{"type": "hello", "deviceSecret": "` + s + `"}`,
		"on lines":            "{\n\t\"type\" :\n\t\"claim\",\n\t\"key\" :\t\"" + s + "\"\n}",
		"with an escape":      `{"type":"claim","token":"a\"` + s + `"}`,
		"a typed code":        `{"type": "hello", "code": "` + s + `"}`,
		"a typed code, claim": `{"code":"` + s + `","type":"claim"}`,
		"a link":              `{"type":"pairing","url":"https://visavis.example/p#` + s + `"}`,
		"a QR":                `{"type":"pairing","qr":"<svg a=\"` + s + `\"/>","typedCode":"` + s + `"}`,
		"the same device":     `{"type":"pairing","sameDevice":"` + s + `"}`,
	} {
		got := WithoutSecrets([]byte(message))
		if bytes.Contains(got, []byte(s)) || !json.Valid(got) || !bytes.Contains(got, []byte(`"type"`)) {
			t.Errorf("%s: %s", name, got)
		}
		var out bytes.Buffer
		w := NewWriter(&out, "https://visavis.example", time.Now(), false)
		w.Put(Passing{At: time.Now(), Role: "phone", Kind: KindText, ToServer: true, Data: []byte(message)})
		if err := w.Close(); err != nil || strings.Contains(out.String(), s) || !strings.Contains(out.String(), "…") {
			t.Errorf("%s: %v, written %s", name, err, out.String())
		}
	}
	for _, plain := range []string{
		`{"type":"error","code":"not-allowed","text":"a key is no \"key\":","seq":1}`,
		`{"type":"frame-result","code":"busy","hint":"#short"}`,
		`{"type":"choose-code","code":"42"}`,
	} {
		if got := WithoutSecrets([]byte(plain)); string(got) != plain {
			t.Errorf("%s became %s", plain, got)
		}
	}
	if got := WithoutSecrets([]byte(`{"token":`)); got != nil {
		t.Errorf("no JSON became %s", got)
	}
}

// A message that is no JSON is noted without its text, and the file stays whole.
func TestWhatIsNoJSONIsNoted(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, "", time.Now(), false)
	w.Put(Passing{At: time.Now(), Kind: KindText, Data: []byte("not json")})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(&out)
	var header, e Entry
	if err := lines.Decode(&header); err != nil {
		t.Fatal(err)
	}
	if err := lines.Decode(&e); err != nil || e.Kind != KindText || len(e.Text) > 0 {
		t.Errorf("%v: %+v", err, e)
	}
	if _, err := lines.Token(); err != io.EOF {
		t.Errorf("a third line: %v", err)
	}
}

// A picture that claims to be larger than any server takes is not decoded.
func TestThumbnailIsBounded(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	if small := Thumbnail(b.Bytes(), true); small == nil {
		t.Fatal("no thumbnail of a picture")
	}
	large := b.Bytes()
	at := bytes.Index(large, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(large[at+5:], 20000)
	binary.BigEndian.PutUint16(large[at+7:], 20000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	small := Thumbnail(large, true)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; small != nil || took > 10<<20 {
		t.Errorf("%d bytes of thumbnail, %d bytes of memory", len(small), took)
	}
}

// What is no whole recording is refused with its line, and with what is right of it.
func TestReadSaysWhatIsWrong(t *testing.T) {
	var whole bytes.Buffer
	w := NewWriter(&whole, "https://localhost:8443", time.Now(), false)
	w.Put(Passing{At: time.Now(), Role: "phone", Kind: KindText, Data: []byte(`{"type":"beat"}`)})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for want, data := range map[string]string{
		":2: the line is cut":     whole.String()[:whole.Len()-20],
		`"head -n 1" keeps them`:  whole.String()[:whole.Len()-20],
		"is empty":                "",
		":1: want the header":     `{"n":0,"kind":"text","before":""}` + "\n",
		"recording of format 1":   strings.Replace(whole.String(), `"format":1`, `"format":9`, 1),
		":1: invalid character":   "hello\n",
		":2: the chain is broken": strings.Replace(whole.String(), "localhost", "elsewhere", 1),
	} {
		path := filepath.Join(t.TempDir(), "r.jsonl")
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v; want %q", data, err, want)
		}
	}
}
