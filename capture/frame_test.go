package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"visavis/capture/jpegtest"
)

// picture is a JPEG of noise with these sides.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = byte(i * 7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 50}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func greyPicture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 320, 240)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngPicture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	img.Set(3, 3, color.White)
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// insert puts segments right behind the start marker.
func insert(b []byte, segments ...[]byte) []byte {
	return bytes.Join(append(append([][]byte{b[:2]}, segments...), b[2:]), nil)
}

func segment(marker byte, payload string) []byte {
	b := []byte{0xFF, marker, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(len(payload)+2))
	return append(b, payload...)
}

// withSize changes the size that the header tells, and nothing else.
func withSize(b []byte, width, height uint16) []byte {
	b = bytes.Clone(b)
	i := bytes.Index(b, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(b[i+5:], height)
	binary.BigEndian.PutUint16(b[i+7:], width)
	return b
}

// cmyk is a picture of four components.
func cmyk() []byte {
	return jpegtest.Picture{Width: 320, Height: 240, Adobe: true, Sampling: [][2]int{
		{1, 1}, {1, 1}, {1, 1}, {1, 1}}}.Bytes()
}

func newFrame(kind Kind, b []byte) (Frame, error) {
	return NewFrame(DocumentFront, kind, IdentityCard, 7, time.Unix(1_800_000_000, 0), b)
}

func TestNewFrameTakes(t *testing.T) {
	progressive := jpegtest.Picture{Width: 320, Height: 240, Progressive: true}.Bytes()
	for _, c := range []struct {
		name string
		kind Kind
		data []byte
		want Frame
	}{
		{"a colour preview", Preview, picture(t, 320, 240), Frame{Width: 320, Height: 240, Orientation: 1, Components: 3}},
		{"a grey one", Preview, greyPicture(t), Frame{Width: 320, Height: 240, Orientation: 1, Components: 1}},
		{"CMYK, and says so", Preview, cmyk(), Frame{Width: 320, Height: 240, Orientation: 1, Components: 4}},
		{"a progressive one, and says so", Preview, progressive, Frame{Width: 320, Height: 240, Orientation: 1, Components: 3, Progressive: true}},
		{"the smallest preview", Preview, picture(t, 160, 90), Frame{Width: 160, Height: 90, Orientation: 1, Components: 3}},
		{"the largest preview", Preview, picture(t, 900, 1600), Frame{Width: 900, Height: 1600, Orientation: 1, Components: 3}},
		{"the smallest still", Still, picture(t, 480, 480), Frame{Width: 480, Height: 480, Orientation: 1, Components: 3}},
		{"the longest still", Still, jpegtest.Picture{Width: 8000, Height: 3125, Flat: true}.Bytes(), Frame{Width: 8000, Height: 3125, Orientation: 1, Components: 3}},
		{"bytes behind the end", Preview, append(picture(t, 320, 240), "trailer"...), Frame{Width: 320, Height: 240, Orientation: 1, Components: 3}},
		{"a rotated one, as stored", Preview, insert(picture(t, 320, 240), exif(binary.BigEndian, 6)), Frame{Width: 320, Height: 240, Orientation: 6, Components: 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := newFrame(c.kind, c.data)
			if err != nil {
				t.Fatal(err)
			}
			got := Frame{Width: f.Width, Height: f.Height, Orientation: f.Orientation, Components: f.Components,
				Progressive: f.Progressive}
			if got.Width != c.want.Width || got.Height != c.want.Height || got.Orientation != c.want.Orientation ||
				got.Components != c.want.Components || got.Progressive != c.want.Progressive {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if f.Seq != 7 || f.Step != DocumentFront || f.Kind != c.kind || !bytes.Equal(f.JPEG, c.data) {
				t.Errorf("fields lost: %+v", f.Seq)
			}
		})
	}
}

func TestNewFrameRefuses(t *testing.T) {
	small := picture(t, 320, 240)
	start := bytes.Index(small, []byte{0xFF, 0xDA})
	manyScans := bytes.Clone(small)
	manyScans[bytes.Index(small, []byte{0xFF, 0xC0})+1] = 0xC2
	manyScans = append(manyScans[:len(manyScans)-2], bytes.Repeat(segment(0xDA, "\x01\x01\x00\x00\x3F\x00"), 101)...)
	manyScans = append(manyScans, 0xFF, 0xD9)
	jfif := insert(small, segment(0xE0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	size := bytes.Index(jfif, []byte{0xFF, 0xC0})
	twoSizes := bytes.Join([][]byte{jfif[:size+19], withSize(jfif, 65500, 65500)[size : size+19], jfif[size+19:]}, nil)
	for _, c := range []struct {
		name string
		kind Kind
		data []byte
		code string
	}{
		{"nothing", Preview, nil, "empty"},
		{"a PNG", Preview, pngPicture(t), "not-jpeg"},
		{"text", Preview, []byte("hello, this is a picture"), "not-jpeg"},
		{"one byte", Preview, []byte{0xFF}, "not-jpeg"},
		{"a start alone", Preview, []byte{0xFF, 0xD8}, "truncated"},
		{"half a header", Preview, small[:start/2], "truncated"},
		{"a header without a scan", Preview, small[:start], "truncated"},
		{"half a picture", Preview, small[:len(small)/2], "truncated"},
		{"a picture without its end", Preview, small[:len(small)-2], "truncated"},
		{"an end marker in the metadata alone", Preview, insert(small[:len(small)-2], segment(0xE1, "thumb\xFF\xD9")), "truncated"},
		{"no tables, end at once", Preview, []byte{0xFF, 0xD8, 0xFF, 0xD9}, "bad-image"},
		{"a segment of one byte", Preview, insert(small, []byte{0xFF, 0xE5, 0, 1}), "bad-image"},
		{"an arithmetic coded one", Preview, bytes.Replace(small, []byte{0xFF, 0xC0}, []byte{0xFF, 0xC9}, 1), "bad-image"},
		{"65500×65500 in a few bytes", Preview, withSize(small, 65500, 65500), "bad-size"},
		{"65500×65500 as a still", Still, withSize(small, 65500, 65500), "bad-size"},
		{"one small and one huge size", Preview, twoSizes, "bad-image"},
		{"a line one pixel high", Preview, picture(t, 640, 1), "bad-size"},
		{"a line one pixel wide as a still", Still, picture(t, 1, 640), "bad-size"},
		{"a preview below the least", Preview, picture(t, 159, 120), "bad-size"},
		{"a preview above the most", Preview, withSize(small, 1601, 1200), "bad-size"},
		{"a still below the least", Still, picture(t, 640, 479), "bad-size"},
		{"a still with too long a side", Still, withSize(small, 8001, 600), "bad-size"},
		{"a still with too many pixels", Still, withSize(small, 8000, 3126), "bad-size"},
		{"a size of nothing", Preview, withSize(small, 0, 0), "bad-size"},
		{"a preview of too many bytes", Preview, append(bytes.Clone(small), make([]byte, MaxPreviewBytes)...), "too-large"},
		{"a still of too many bytes", Still, make([]byte, MaxStillBytes+1), "too-large"},
		{"a hundred scans", Preview, manyScans, "bad-image"},
		{"a kind that is none", 3, small, "bad-image"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newFrame(c.kind, c.data)
			var refused *FrameError
			if !errors.As(err, &refused) || refused.Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if refused.Measured == "" || refused.Wanted == "" || !strings.Contains(err.Error(), c.code) {
				t.Errorf("%q says too little", err)
			}
		})
	}
}

func TestFormatsAreNamed(t *testing.T) {
	for data, want := range map[string]string{
		"\x89PNG\r\n\x1a\n....":                                  "PNG",
		"GIF89a":                                                 "GIF",
		"RIFF....WEBPVP8 ":                                       "WebP",
		"\x00\x00\x00\x18ftypheic.":                              "HEIC",
		"\x00\x00\x00\x18ftypavif.":                              "AVIF",
		"\x00\x00\x00\x18ftypisom.":                              "MP4",
		"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ":           "MP4",
		"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf":   "AVIF",
		"\x00\x00\x00\x18ftypavis\x00\x00\x00\x00avismsf1":       "AVIF",
		"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic":       "HEIC",
		"\x00\x00\x00\x18ftypmsf1\x00\x00\x00\x00msf1hevc":       "HEIC",
		"\x00\x00\x00\x18ftypheis\x00\x00\x00\x00mif1heis":       "HEIC",
		"\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00heic":           "MP4", // behind the box
		"\xff\xff\xff\xffftypisom\x00\x00\x00\x00heic":           "HEIC",
		"\x00\x00\x00\x00ftyp":                                   "MP4",
		"\x00\x00\x00\x0cJXL \r\n\x87\n\x00\x00\x00\x14ftypjxl ": "JPEG XL",
		"\xff\x0a\xfa\x1f":                                       "JPEG XL",
		"\x00\x00\x00\x0cjP  \r\n\x87\n":                         "JPEG 2000",
		"\xff\x4f\xff\x51\x00":                                   "JPEG 2000",
		"\x1a\x45\xdf\xa3":                                       "WebM",
		"PK\x03\x04":                                             "ZIP",
		"data:image/jpeg;base64,/9j/4AAQ":                        "text of base64",
		"/9j/4AAQSkZJRg==":                                       "text of base64",
		"/9k/":                                                   "text",
		"%PDF-1.7":                                               "PDF",
		"BM......":                                               "BMP",
		"II*\x00....":                                            "TIFF",
		"<svg xmlns=":                                            "text",
		"\x00\x01\x02\x03":                                       "unknown bytes",
	} {
		if got := formatOf([]byte(data)); got != want {
			t.Errorf("%q: %q, want %q", data, got, want)
		}
	}
}

// exif is a segment with one entry, the orientation.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	mark := "MM"
	if order.(binary.ByteOrder) == binary.LittleEndian {
		mark = "II"
	}
	b := order.AppendUint16([]byte("Exif\x00\x00"+mark), 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, exifOrientation)
	b = order.AppendUint16(b, exifShort)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	return segment(0xE1, string(append(b, 0, 0)))
}

func TestOrientation(t *testing.T) {
	small := picture(t, 320, 240)
	for value, want := range map[uint16]int{0: 1, 1: 1, 3: 3, 6: 6, 8: 8, 9: 1, 65535: 1} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			f, err := newFrame(Preview, insert(small, exif(order, value)))
			if err != nil {
				t.Fatal(err)
			}
			if f.Orientation != want {
				t.Errorf("%v %d: got %d, want %d", order, value, f.Orientation, want)
			}
		}
	}
	whole := exif(binary.LittleEndian, 6)[10:]
	for n := range len(whole) {
		if n < 20 && orientationOf(whole[:n]) != 1 {
			t.Errorf("cut after %d bytes: an orientation out of nothing", n)
		}
	}
	far := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(far[4:], 0xFFFFFFFF)
	if got := orientationOf(far); got != 1 {
		t.Errorf("an offset beyond the end: %d, want 1", got)
	}
	many := bytes.Clone(whole)
	binary.LittleEndian.PutUint16(many[8:], 65535)
	binary.LittleEndian.PutUint16(many[10:], 0x0100)
	if got := orientationOf(many); got != 1 {
		t.Errorf("more entries than bytes: %d, want 1", got)
	}
}

func FuzzNewFrame(f *testing.F) {
	small := picture(f, 320, 240)
	f.Add(uint8(Preview), small)
	f.Add(uint8(Still), withSize(small, 65500, 65500))
	f.Add(uint8(Preview), small[:300])
	f.Add(uint8(Preview), insert(small, exif(binary.LittleEndian, 6)))
	f.Add(uint8(Preview), cmyk())
	f.Add(uint8(Preview), pngPicture(f)[:64])
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		frame, err := newFrame(Kind(kind), data)
		if err != nil {
			if _, ok := errors.AsType[*FrameError](err); !ok {
				t.Fatalf("%v is no *FrameError", err)
			}
			return
		}
		if frame.Width*frame.Height > MaxPixels || max(frame.Width, frame.Height) > MaxSide {
			t.Fatalf("%d×%d passed", frame.Width, frame.Height)
		}
		if frame.Orientation < 1 || frame.Orientation > 8 {
			t.Fatalf("orientation %d", frame.Orientation)
		}
	})
}

func BenchmarkNewFrame(b *testing.B) {
	data := picture(b, 1280, 720)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newFrame(Preview, data); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPicturesToReadMayBeSmall(t *testing.T) {
	if _, err := NewPicture(picture(t, 300, MinPictureSide)); err != nil {
		t.Error(err)
	}
	for name, data := range map[string][]byte{
		"a side of 7 pixels": picture(t, 300, MinPictureSide-1),
		"no picture":         []byte("IDFRA"),
		"too many bytes":     make([]byte, MaxStillBytes+1),
	} {
		var refused *FrameError
		if _, err := NewPicture(data); !errors.As(err, &refused) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}
