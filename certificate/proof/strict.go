package proof

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The headers of a zip file (APPNOTE 4.3) without their names.
const (
	localSize      = 30
	centralSize    = 46
	descriptorSize = 16
	endSize        = 22
	// hasDescriptor says that sizes follow the data.
	hasDescriptor = 1 << 3
)

// onlyListed refuses a zip that holds a byte which its directory does not speak of:
// before, between or behind its files, in names that differ from the directory's,
// in a comment. Readers that start at the front, and those that start at the end,
// then see the same.
func onlyListed(body []byte, z *zip.Reader) error {
	at := 0
	for _, f := range z.File {
		next, err := local(body, at, f)
		if err != nil {
			return fmt.Errorf("file %q: %w", f.Name, err)
		}
		at = next
	}
	directory := at
	for _, f := range z.File {
		if len(body) < at+centralSize || !bytes.HasPrefix(body[at:], []byte("PK\x01\x02")) {
			return errors.New("bytes stand before the directory")
		}
		if len(f.Comment) > 0 {
			return fmt.Errorf("file %q has a comment", f.Name)
		}
		at += centralSize + len(f.Name) + len(f.Extra)
	}
	end := body[min(at, len(body)):]
	if len(end) != endSize || !bytes.HasPrefix(end, []byte("PK\x05\x06")) {
		return errors.New("bytes stand behind the directory")
	}
	count, start := int(binary.LittleEndian.Uint16(end[10:])), int(binary.LittleEndian.Uint32(end[16:]))
	if count != len(z.File) || start != directory || binary.LittleEndian.Uint16(end[20:]) != 0 {
		return errors.New("the directory is not where its end says")
	}
	return nil
}

// local checks one file's own header against the directory, and returns where the
// next begins.
func local(body []byte, at int, f *zip.File) (next int, err error) {
	if len(body) < at+localSize || !bytes.HasPrefix(body[at:], []byte("PK\x03\x04")) {
		return 0, errors.New("bytes stand before it")
	}
	h := body[at:]
	names, extra := int(binary.LittleEndian.Uint16(h[26:])), int(binary.LittleEndian.Uint16(h[28:]))
	data := at + localSize + names + extra
	offset, err := f.DataOffset()
	if err != nil || int(offset) != data || data > len(body) {
		return 0, errors.New("it is not where the directory says")
	}
	if string(h[localSize:localSize+names]) != f.Name || !bytes.Equal(body[data-extra:data], f.Extra) {
		return 0, errors.New("its own header names another file")
	}
	if binary.LittleEndian.Uint16(h[6:]) != f.Flags || binary.LittleEndian.Uint16(h[8:]) != f.Method {
		return 0, errors.New("its own header says something else than the directory")
	}
	next = data + int(f.CompressedSize64)
	sizes := h[14:26]
	if f.Flags&hasDescriptor != 0 {
		if len(body) < next+descriptorSize || !bytes.HasPrefix(body[next:], []byte("PK\x07\x08")) {
			return 0, errors.New("its sizes do not follow it")
		}
		sizes = body[next+4 : next+descriptorSize]
		next += descriptorSize
	}
	if binary.LittleEndian.Uint32(sizes) != f.CRC32 ||
		uint64(binary.LittleEndian.Uint32(sizes[4:])) != f.CompressedSize64 ||
		uint64(binary.LittleEndian.Uint32(sizes[8:])) != f.UncompressedSize64 {
		return 0, errors.New("its own sizes are others than the directory's")
	}
	return next, nil
}
