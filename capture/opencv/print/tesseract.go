package print

/*
#cgo pkg-config: tesseract lept
#include <stdlib.h>
#include <leptonica/allheaders.h>
#include <tesseract/capi.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"visavis/capture/opencv/pixel"
)

// ErrNoPrintReader says that printed text cannot be read because tesseract or its
// language files are missing.
var ErrNoPrintReader = errors.New("printed text cannot be read")

// vizLanguages are the language files that are used, of Debian's package
// tesseract-ocr-fra. With eng beside it fewer names come out exact (35 of 48
// against 41 on the same drawn documents): eng has no accents and is often surer
// of itself. English labels need none.
const vizLanguages = "fra"

// textReader is one tesseract. It takes raw grey pixels: none of its libraries'
// picture decoders ever sees bytes from outside. One call at a time.
type textReader struct {
	mu  sync.Mutex
	api *C.TessBaseAPI
}

// newTextReader loads the language files: about 0.2 s and 60 MB, hence once a
// process and only when somebody reads. The dictionaries stay out: names are not
// in them, and they pull letters towards words that are.
func newTextReader() (*textReader, error) {
	C.setMsgSeverity(C.L_SEVERITY_NONE) // its messages about odd boxes help nobody
	api := C.TessBaseAPICreate()
	if api == nil {
		return nil, fmt.Errorf("%w: tesseract does not start", ErrNoPrintReader)
	}
	settings := [][2]string{{"load_system_dawg", "0"}, {"load_freq_dawg", "0"}, {"debug_file", "/dev/null"}}
	names := C.malloc(C.size_t(len(settings)) * C.size_t(unsafe.Sizeof(uintptr(0))))
	values := C.malloc(C.size_t(len(settings)) * C.size_t(unsafe.Sizeof(uintptr(0))))
	defer C.free(names)
	defer C.free(values)
	for i, s := range settings {
		name, value := C.CString(s[0]), C.CString(s[1])
		defer C.free(unsafe.Pointer(name))
		defer C.free(unsafe.Pointer(value))
		unsafe.Slice((**C.char)(names), len(settings))[i] = name
		unsafe.Slice((**C.char)(values), len(settings))[i] = value
	}
	languages := C.CString(vizLanguages)
	defer C.free(unsafe.Pointer(languages))
	// No data path: TESSDATA_PREFIX, else where the library was installed.
	if C.TessBaseAPIInit4(api, nil, languages, C.OEM_LSTM_ONLY, nil, 0,
		(**C.char)(names), (**C.char)(values), C.size_t(len(settings)), C.FALSE) != 0 {
		C.TessBaseAPIDelete(api)
		return nil, fmt.Errorf("%w: tesseract has no language files %s (package tesseract-ocr-fra)", ErrNoPrintReader,
			vizLanguages)
	}
	return &textReader{api: api}, nil
}

func (t *textReader) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.api != nil {
		C.TessBaseAPIEnd(t.api)
		C.TessBaseAPIDelete(t.api)
		t.api = nil
	}
	return nil
}

// layout is what a picture holds.
type layout int

const (
	sparseText layout = iota // words anywhere
	oneLine                  // one line of text
)

// word is a recognised word and its box in pixels of the picture.
type word struct {
	text       string
	confidence float64 // 0..1
	rect
}

// read recognises the words of a picture. letters limits what they are made of;
// empty means anything. It gives up after the time in milliseconds and then
// returns what it has.
func (t *textReader) read(g pixel.Grey, as layout, letters string, milliseconds int) ([]word, error) {
	if g.W < 8 || g.H < 8 || len(g.Pix) < g.W*g.H {
		return nil, fmt.Errorf("reading text: picture of %d×%d", g.W, g.H)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.api == nil {
		return nil, fmt.Errorf("%w: closed", ErrNoPrintReader)
	}
	mode := C.PSM_SPARSE_TEXT
	if as == oneLine {
		mode = C.PSM_SINGLE_LINE
	}
	C.TessBaseAPISetPageSegMode(t.api, C.TessPageSegMode(mode))
	t.set("tessedit_char_whitelist", letters)
	C.TessBaseAPISetImage(t.api, (*C.uchar)(unsafe.Pointer(&g.Pix[0])), C.int(g.W), C.int(g.H), 1, C.int(g.W))
	C.TessBaseAPISetSourceResolution(t.api, 300) // the size of letters counts, not this; unset, it warns
	defer C.TessBaseAPIClear(t.api)
	monitor := C.TessMonitorCreate()
	defer C.TessMonitorDelete(monitor)
	C.TessMonitorSetDeadlineMSecs(monitor, C.int(milliseconds))
	if C.TessBaseAPIRecognize(t.api, monitor) != 0 {
		return nil, nil // nothing recognised, or out of time
	}
	return t.words(), nil
}

func (t *textReader) set(name, value string) {
	n, v := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(v))
	C.TessBaseAPISetVariable(t.api, n, v)
}

// words collects what was recognised.
func (t *textReader) words() []word {
	it := C.TessBaseAPIGetIterator(t.api)
	if it == nil {
		return nil
	}
	defer C.TessResultIteratorDelete(it)
	page := C.TessResultIteratorGetPageIterator(it)
	var out []word
	for {
		if text := C.TessResultIteratorGetUTF8Text(it, C.RIL_WORD); text != nil {
			var left, top, right, bottom C.int
			if C.TessPageIteratorBoundingBox(page, C.RIL_WORD, &left, &top, &right, &bottom) != 0 {
				out = append(out, word{
					text:       C.GoString(text),
					confidence: float64(C.TessResultIteratorConfidence(it, C.RIL_WORD)) / 100,
					rect:       rect{int(left), int(top), int(right), int(bottom)},
				})
			}
			C.TessDeleteText(text)
		}
		if C.TessResultIteratorNext(it, C.RIL_WORD) == 0 {
			return out
		}
	}
}
