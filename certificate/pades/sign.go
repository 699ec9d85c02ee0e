package pades

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"

	"visavis/certificate/proof/xades"
)

// Level is how far a signature goes (EN 319 142-1, 6).
type Level string

// The levels.
const (
	B  Level = "PAdES-BASELINE-B"
	T  Level = "PAdES-BASELINE-T"
	LT Level = "PAdES-BASELINE-LT"
)

// Signed is a signed file.
type Signed struct {
	PDF   []byte
	Level Level
	// Lacks says why it is not of level LT; nil if it is.
	Lacks error
}

const (
	// roomForStamp is what a time stamp with its certificates may take, in bytes.
	roomForStamp = 12 << 10
	// roomForRest is what of that the signature itself takes beside certificates.
	roomForRest = 2 << 10
	// rangeWidth is the width of each number of a byte range: MaxFile and what is added has fewer
	// digits.
	rangeWidth = 10
)

// Sign signs a file with the seal's key, and shows that on its last page. A *[Refusal] says that
// the file cannot be signed; any other error that the key could not be used. Whatever keeps a
// signature below level LT is in Signed.Lacks.
func Sign(
	ctx context.Context, body []byte, seal xades.Seal, from xades.Sources, look Look, now time.Time,
) (Signed, error) {
	d, err := read(body)
	if err != nil {
		return Signed{}, err
	}
	room := roomForStamp
	for _, c := range seal.Chain {
		room += len(c.Raw)
	}
	out, contents, err := d.prepare(room, look, now)
	if err != nil {
		return Signed{}, err
	}
	h := sha256.New()
	h.Write(out[:contents[0]])
	h.Write(out[contents[1]:])
	s, err := sign(ctx, [sha256.Size]byte(h.Sum(nil)), seal)
	if err != nil {
		return Signed{}, err
	}
	level, lacks := B, errNoStamps
	if from.Stamp != nil {
		if lacks = s.add(ctx, from); lacks == nil {
			level = T
		}
	}
	cms, err := s.der()
	if err != nil {
		return Signed{}, fmt.Errorf("pades: %w", err)
	}
	if len(cms) > room {
		return Signed{}, fmt.Errorf("pades: the signature takes %d bytes, there is room for %d", len(cms), room)
	}
	hex.Encode(out[contents[0]+1:], cms)
	if level == B {
		return Signed{out, B, lacks}, nil
	}
	found, err := from.Gather(ctx, s.stamp, seal.Chain)
	if err != nil {
		return Signed{out, T, fmt.Errorf("pades: what its certificates need: %w", err)}, nil
	}
	whole, err := store(out, found)
	if err != nil {
		return Signed{}, err
	}
	return Signed{whole, LT, nil}, nil
}

var errNoStamps = errors.New("pades: no time stamping authority is set")

// add adds a time stamp over the signature's value.
func (s *signature) add(ctx context.Context, from xades.Sources) error {
	sum := sha256.Sum256(s.value)
	token, err := from.Stamp(ctx, sum[:])
	if err == nil {
		err = xades.CheckStamp(token, s.value)
	}
	if err == nil && len(token) > roomForStamp-roomForRest {
		err = fmt.Errorf("it has %d bytes", len(token))
	}
	if err != nil {
		return fmt.Errorf("pades: the time stamp: %w", err)
	}
	s.stamp = token
	return nil
}

// prepare returns the file with all but the signature's value, and where that goes: from its <
// to behind its >.
func (d *document) prepare(room int, look Look, now time.Time) (out []byte, contents [2]int, err error) {
	u := d.update()
	value := append(literal{'<'}, bytes.Repeat([]byte("0"), 2*room)...)
	value = append(value, '>')
	blank := literal("[0" + string(bytes.Repeat([]byte(" "), 3*(rangeWidth+1))) + "]")
	own := u.add(dict{
		"Type": name("Sig"), "Filter": name("Adobe.PPKLite"), "SubFilter": name("ETSI.CAdES.detached"),
		"ByteRange": blank, "Contents": value, "Name": textOf(look.Name),
		"M": text(now.UTC().Format("D:20060102150405") + "+00'00'"),
	})
	shown, place, err := look.draw(d.page, d.signed)
	if err != nil {
		return nil, contents, err
	}
	widget := u.add(dict{
		"Type": name("Annot"), "Subtype": name("Widget"), "FT": name("Sig"), "F": 132, // print, locked
		"T": text("Signature-" + rand.Text()), "TU": textOf(look.Name), "V": own, "P": d.page.at,
		"Rect": place, "AP": dict{"N": u.add(shown)},
	})
	u.replace(d.page.at, u.addTo(d.page.dict, "Annots", d.annots, widget))
	d.addField(u, widget)
	out, at := u.write()
	start := at[own.num]
	contents[0] = start + bytes.Index(out[start:], value[:64])
	contents[1] = contents[0] + len(value)
	numbers := fmt.Sprintf("[0 %d %d %d", contents[0], contents[1], len(out)-contents[1])
	copy(out[start+bytes.Index(out[start:], blank):], numbers)
	return out, contents, nil
}

// addField lists the signature's field in the form, which is made where there is none.
func (d *document) addField(u *update, field ref) {
	form := u.addTo(d.form, "Fields", d.fields, field)
	form = with(form, "SigFlags", 3) // there are signatures, and the file only grows
	if d.formAt.num > 0 && d.form != nil {
		u.replace(d.formAt, form)
		return
	}
	u.replace(d.root, with(d.catalog, "AcroForm", form))
}

// lists of a document security store.
var storeLists = []name{"Certs", "CRLs", "OCSPs"}

// store reads a catalog's security store; nil where there is none.
func (f *file) store(catalog dict) (dss dict, lists map[name]array, err error) {
	if dss, err = f.dict(catalog["DSS"]); err != nil {
		return nil, nil, err
	}
	lists = map[name]array{}
	for _, key := range storeLists {
		if lists[key], err = f.items(dss[key]); err != nil {
			return nil, nil, err
		}
	}
	return dss, lists, nil
}

// store adds a document security store to a signed file, or to the one that is there.
func store(body []byte, found xades.Material) ([]byte, error) {
	f, err := open(body)
	if err != nil {
		return nil, fmt.Errorf("pades: what was signed: %w", err)
	}
	root, ok := f.trailer["Root"].(ref)
	if !ok {
		return nil, damaged("its trailer names no catalog")
	}
	catalog, err := f.dict(root)
	if err != nil {
		return nil, err
	}
	dss, lists, err := f.store(catalog)
	if err != nil {
		return nil, err
	}
	u := f.update()
	dss = with(dss, "Type", name("DSS"))
	for i, list := range [][][]byte{found.Certificates, found.CRLs, found.OCSPs} {
		all := slices.Clip(lists[storeLists[i]])
		for _, one := range list {
			all = append(all, u.add(stream{dict{}, one}))
		}
		if len(all) > 0 {
			dss[storeLists[i]] = all
		}
	}
	u.replace(root, with(catalog, "DSS", u.add(dss)))
	out, _ := u.write()
	return out, nil
}

// textOf is a text string: UTF-16 with its mark (ISO 32000-1, 7.9.2.2).
func textOf(s string) text {
	out := text{0xfe, 0xff}
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return out
}
