package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
)

// Shown is what a picture shows, as a scenario says it.
type Shown struct {
	View      string `json:"view"`                // front, back, face, nothing
	Kind      string `json:"kind,omitempty"`      // identity-card, passport, residence-permit, visa, …
	Condition string `json:"condition,omitempty"` // good, blurred, dark, …: see Conditions
	// TiltX and TiltY are how far the document is tilted, Yaw how far the head is
	// turned to the person's own left, degrees; Closer how much nearer the face is, 1
	// as it was.
	TiltX  float64 `json:"tiltX,omitempty"`
	TiltY  float64 `json:"tiltY,omitempty"`
	Yaw    float64 `json:"yaw,omitempty"`
	Closer float64 `json:"closer,omitempty"`
	// Set are measured values that replace those of the condition, by the names of
	// capture's measurements such as "sharpness".
	Set map[string]float64 `json:"set,omitempty"`
	// Fail makes the analysis fail: "busy", "broken" (a fault of the server's own) or
	// "slow" (a second).
	Fail string `json:"fail,omitempty"`
	// Moment tells two pictures of the same thing apart; the same moment gives the
	// same bytes.
	Moment int64 `json:"moment"`
}

// marker begins the comment.
const marker = "visavis-qa "

// blanks are plain pictures by their size, made once.
var blanks sync.Map

// blank is a plain JPEG of this size.
func blank(width, height int) ([]byte, error) {
	size := image.Pt(width, height)
	if known, ok := blanks.Load(size); ok {
		return known.([]byte), nil
	}
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 0x80
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 30}); err != nil {
		return nil, fmt.Errorf("plain picture: %w", err)
	}
	blanks.Store(size, b.Bytes())
	return b.Bytes(), nil
}

// JPEG makes a plain picture of width × height pixels that says what it shows.
func JPEG(s Shown, width, height int) ([]byte, error) {
	plain, err := blank(width, height)
	if err != nil {
		return nil, err
	}
	return Tag(plain, s)
}

// Tag puts what a JPEG shows into a comment of it. The pixels stay.
func Tag(picture []byte, s Shown) ([]byte, error) {
	said, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("what a picture shows: %w", err)
	}
	body := append([]byte(marker), said...)
	if len(picture) < 2 || len(body) > 1<<16-3 {
		return nil, fmt.Errorf("tag a picture: %d bytes of picture, %d of comment", len(picture), len(body))
	}
	out := append([]byte{}, picture[:2]...) // start of image
	out = append(out, 0xff, 0xfe, byte((len(body)+2)>>8), byte(len(body)+2))
	out = append(out, body...)
	return append(out, picture[2:]...), nil
}

// Read finds what a JPEG says that it shows; false when it says nothing.
func Read(picture []byte) (Shown, bool) {
	// The comment stands first, as Tag puts it.
	if len(picture) < 6 || picture[2] != 0xff || picture[3] != 0xfe {
		return Shown{}, false
	}
	end := 4 + (int(picture[4])<<8 | int(picture[5]))
	if end > len(picture) || !bytes.HasPrefix(picture[6:end], []byte(marker)) {
		return Shown{}, false
	}
	var s Shown
	if json.Unmarshal(picture[6+len(marker):end], &s) != nil {
		return Shown{}, false
	}
	return s, true
}

// thumbnail is what a desktop sees of a picture without pixels: a patch whose grey
// tells conditions apart.
func thumbnail(s Shown) []byte {
	img := image.NewGray(image.Rect(0, 0, 160, 90))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{Y: map[string]uint8{"dark": 0x18, "bright": 0xf0}[s.Condition]}.Y
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		return nil
	}
	return b.Bytes()
}
