package sites

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// Logo is a picture that is shown beside a site's name.
type Logo struct {
	Hash string // names it in addresses: 32 hexadecimal digits
	PNG  []byte // written by NewLogo, whatever was given
}

// LogoPath is the folder of logos on this server; the hash and ".png" follow.
const LogoPath = "/site-logos/"

const (
	// LogoBytes bounds the file that is given.
	LogoBytes = 512 << 10
	// logoLeast and logoMost bound its sides, in pixels.
	logoLeast, logoMost = 16, 2000
	// logoWidth and logoHeight bound what is kept: thrice what a page shows, for the finest screens.
	logoWidth, logoHeight = 480, 120
)

// NewLogo makes a logo of a PNG or WebP file. The picture is drawn anew, so that nothing else of the file stays. An SVG
// is refused: it may hold scripts and addresses. *InvalidError.
func NewLogo(file []byte) (Logo, error) {
	invalid := func(have, want string) error { return &InvalidError{Field: "logo", Have: have, Want: want} }
	if len(file) > LogoBytes {
		return Logo{}, invalid(fmt.Sprintf("%d bytes", len(file)), fmt.Sprintf("%d or fewer", LogoBytes))
	}
	head, decode := png.DecodeConfig, png.Decode
	if len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP" {
		head, decode = webp.DecodeConfig, webp.Decode
	}
	size, err := head(bytes.NewReader(file))
	if err != nil {
		return Logo{}, invalid("another file", "a PNG or WebP picture; draw an SVG as a PNG first")
	}
	if least, most := min(size.Width, size.Height), max(size.Width, size.Height); least < logoLeast || most > logoMost {
		return Logo{}, invalid(fmt.Sprintf("%d×%d pixels", size.Width, size.Height),
			fmt.Sprintf("sides of %d to %d pixels", logoLeast, logoMost))
	}
	given, err := decode(bytes.NewReader(file))
	if err != nil {
		return Logo{}, invalid("a picture that cannot be read: "+err.Error(), "a whole PNG or WebP picture")
	}
	width, height := float64(size.Width), float64(size.Height)
	scale := min(1, logoWidth/width, logoHeight/height)
	drawn := image.NewNRGBA(image.Rect(0, 0, max(1, int(width*scale+0.5)), max(1, int(height*scale+0.5))))
	draw.CatmullRom.Scale(drawn, drawn.Bounds(), given, given.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		return Logo{}, fmt.Errorf("logo: %w", err)
	}
	sum := sha256.Sum256(out.Bytes())
	return Logo{Hash: hex.EncodeToString(sum[:16]), PNG: out.Bytes()}, nil
}

// LogoURL is the path of a site's logo on this server; empty: it has none.
func (s Site) LogoURL() string {
	if s.Logo == "" {
		return ""
	}
	return LogoPath + s.Logo + ".png"
}
