package proof

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
	"path"
	"strings"
	"time"

	"visavis/certificate/proof/xades"
)

// MediaType is a proof's: a container of signed files (ASiC-E, ETSI EN 319 162-1).
const MediaType = "application/vnd.etsi.asic-e+zip"

// Form returns a proof's media type and the extension of its file's name. One of version 1
// is a zip that is no container.
func Form(body []byte) (mediaType, extension string) {
	const head = 30 // bytes of a zip before the first file's name, which its body follows
	if len(body) > head && bytes.HasPrefix(body[head:], []byte(typeName+MediaType)) {
		return MediaType, ".asice"
	}
	return "application/zip", ".zip"
}

// The files that make a zip a container.
const (
	typeName     = "mimetype" // first, and stored as it is: programs look for it at byte 30
	contentsName = "META-INF/manifest.xml"
	sealName     = "META-INF/signatures.xml"
)

// mediaTypes are those of the files in a proof, by extension.
var mediaTypes = map[string]string{
	".json": "application/json", ".txt": "text/plain", ".html": "text/html", ".pem": "application/x-pem-file",
	".sig": "application/octet-stream", ".crl": "application/pkix-crl", ".ocsp": "application/ocsp-response",
	".tst": "application/vnd.etsi.timestamp-token", ".jpg": "image/jpeg", ".png": "image/png", ".asice": MediaType,
}

func mediaType(name string) string {
	if t, ok := mediaTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

// typed returns files as they are signed.
func typed(files []File) (out []xades.File) {
	for _, f := range files {
		out = append(out, xades.File{Name: f.Name, Type: mediaType(f.Name), Body: f.Body})
	}
	return out
}

// contents lists the files with their media types, as the container wants it.
func contents(files []File) []byte {
	var out strings.Builder
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
  <manifest:file-entry manifest:full-path="/" manifest:media-type="` + MediaType + `"/>
`)
	for _, f := range files {
		fmt.Fprintf(&out, "  <manifest:file-entry manifest:full-path=\"%s\" manifest:media-type=\"%s\"/>\n",
			html.EscapeString(f.Name), mediaType(f.Name))
	}
	out.WriteString("</manifest:manifest>\n")
	return []byte(out.String())
}

// pack writes the container.
func pack(files []File, seal *xades.Signature, now time.Time) ([]byte, error) {
	signed, err := seal.XML()
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	first, err := z.CreateRaw(&zip.FileHeader{
		Name: typeName, Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(MediaType)),
		CompressedSize64: uint64(len(MediaType)), UncompressedSize64: uint64(len(MediaType)),
	})
	if err == nil {
		_, err = first.Write([]byte(MediaType))
	}
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	for _, f := range append([]File{{contentsName, contents(files)}, {sealName, signed}}, files...) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: now.UTC()})
		if err == nil {
			_, err = w.Write(f.Body)
		}
		if err != nil {
			return nil, fmt.Errorf("proof: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return out.Bytes(), nil
}

// unseal splits a container's files into the seal and what it is over. The seal is nil
// in a zip that is no container.
func unseal(all []File) (*xades.Signature, []File, error) {
	if len(all) < 3 || all[0].Name != typeName {
		return nil, all, nil
	}
	files := all[3:]
	switch {
	case string(all[0].Body) != MediaType:
		return nil, nil, fmt.Errorf("the file %s names another type of container", typeName)
	case all[1].Name != contentsName || all[2].Name != sealName:
		return nil, nil, fmt.Errorf("%s and %s have to follow %s", contentsName, sealName, typeName)
	case !bytes.Equal(all[1].Body, contents(files)):
		return nil, nil, fmt.Errorf("%s does not list the files that are there", contentsName)
	}
	for _, f := range files {
		if strings.HasPrefix(strings.ToUpper(f.Name), "META-INF/") || f.Name == typeName {
			return nil, nil, fmt.Errorf("%q is one too many", f.Name)
		}
	}
	seal, err := xades.Parse(all[2].Body)
	return seal, files, err
}

// errNoSeal is a proof of version 1.
var errNoSeal = errors.New("proof: it has no seal that could be extended")

// Extend adds to a proof's seal what it lacks: time stamps, and the certificates and
// lists that a later reader needs. What was had before an error is in the result,
// which is the body itself where nothing was due. Due is when to extend it again, zero
// as soon as what failed may work.
func Extend(
	ctx context.Context, body []byte, from xades.Sources, now time.Time,
) (out []byte, due time.Time, err error) {
	all, err := unpack(body)
	if err != nil {
		return body, due, err
	}
	seal, files, err := unseal(all)
	if err != nil {
		return body, due, err
	}
	if seal == nil {
		return body, due, errNoSeal
	}
	before, err := seal.XML()
	if err != nil {
		return body, due, err
	}
	extending := seal.Extend(ctx, typed(files), from, now)
	after, err := seal.XML()
	if err == nil && !bytes.Equal(before, after) {
		body, err = pack(files, seal, now)
	}
	if extending == nil {
		due = seal.RenewAt()
	}
	return body, due, errors.Join(extending, err)
}
