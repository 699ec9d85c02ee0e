package pades

import (
	"bytes"
	"strconv"
)

const (
	// MaxFile is the longest file that is signed, in bytes.
	MaxFile = 10 << 20
	// maxRead bounds what is read of one file, in bytes: its objects, as often as they are read,
	// and what its streams give.
	maxRead = 32 << 20
	// maxSections bounds the incremental updates of a file.
	maxSections = 200
	// maxObjects bounds the numbers of objects.
	maxObjects = 1_000_000
	// ownSections and ownObjects are what signature and security store add at most.
	ownSections, ownObjects = 2, 10_000
	// maxGeneration is the last one of an object (ISO 32000-1, 7.5.4).
	maxGeneration = 65535
	// tail is how far from the end the last cross-reference is looked for, in bytes.
	tail = 2048
)

// place is where an object is.
type place struct {
	in      int // the number of the object stream that holds it; 0: none
	at      int // an offset in the file, or the index in the object stream
	gen     int
	nobody  bool // a free number
	section int  // that says so, counted from the newest
}

// file is a PDF whose cross-references were read.
type file struct {
	body    []byte
	last    int // the offset of the last cross-reference section
	streams bool
	trailer dict // the newest
	places  map[int]place
	size    int // above every number in use

	sections int // that were read
	left     int // of maxRead
	holders  map[int]holder
	opening  map[int]bool // objects that are being read: one that needs itself is damaged
}

// openToSign opens a file that somebody sent, and which has room for what is added.
func openToSign(body []byte) (*file, error) {
	if len(body) > MaxFile {
		return nil, &Refusal{TooLarge, strconv.Itoa(len(body)) + " bytes, at most " + strconv.Itoa(MaxFile) + " are signed"}
	}
	f, err := open(body)
	switch {
	case err != nil:
		return nil, err
	case f.sections > maxSections-ownSections:
		return nil, unreadable("it was changed %d times, at most %d are read", f.sections, maxSections-ownSections)
	case f.size > maxObjects-ownObjects:
		return nil, unreadable("its objects have numbers up to %d, at most %d are read", f.size, maxObjects-ownObjects)
	}
	return f, nil
}

// open reads the cross-references of a file.
func open(body []byte) (*file, error) {
	if !bytes.HasPrefix(body, []byte("%PDF-")) {
		return nil, &Refusal{NotPDF, "it does not begin with %PDF-"}
	}
	f := &file{body: body, places: map[int]place{}, left: maxRead, holders: map[int]holder{}, opening: map[int]bool{}}
	end := bytes.LastIndex(body[max(0, len(body)-tail):], []byte("startxref"))
	if end < 0 {
		return nil, damaged("no startxref in its last %d bytes: its end is missing", tail)
	}
	l := &lexer{b: body, pos: max(0, len(body)-tail) + end + len("startxref")}
	at, ok := l.integer()
	if l.skip(); !ok {
		return nil, damaged("startxref has no number")
	}
	f.last = at
	seen := map[int]bool{}
	for {
		if seen[at] || f.sections == maxSections {
			return nil, damaged("its cross-references do not end")
		}
		seen[at] = true
		f.sections++
		trailer, err := f.section(at, f.sections == 1)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer = trailer
		}
		if trailer["Encrypt"] != nil {
			return nil, &Refusal{Encrypted, "its trailer names an encryption dictionary"}
		}
		previous, there := trailer["Prev"]
		if !there {
			break
		}
		if at, ok = intOf(previous); !ok {
			return nil, damaged("Prev is no number")
		}
	}
	size, ok := intOf(f.trailer["Size"])
	if !ok || size > maxObjects {
		return nil, damaged("Size is not a number up to %d", maxObjects)
	}
	f.size = max(f.size, size)
	return f, nil
}

func intOf(o any) (int, bool) {
	n, ok := o.(number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(string(n))
	return i, err == nil && i >= 0
}

// spend takes bytes that were read from what may be read. The same ones count again: a file
// may name one object many times.
func (f *file) spend(n int) error {
	if f.left -= n; f.left < 0 {
		return unreadable("more than %d bytes of objects and streams would have to be read", maxRead)
	}
	return nil
}
