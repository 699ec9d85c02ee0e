package pades

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// document is what a signature touches of a file.
type document struct {
	*file
	root    ref
	catalog dict
	form    dict // nil: there is none
	formAt  ref  // where it is its own object
	fields  array
	page    page // the last one
	annots  array
	signed  int // signatures that are there
}

// page is where the signature is shown.
type page struct {
	at     ref
	dict   dict
	box    [4]float64 // x0, y0, x1, y1 of what is shown
	rotate int        // 0, 90, 180, 270, clockwise
}

// Info describes a file to the person who is to sign it.
type Info struct {
	Signatures int // that it has
}

// Check returns a *[Refusal] if the file cannot be signed.
func Check(body []byte) (Info, error) {
	d, err := read(body)
	if err != nil {
		return Info{}, err
	}
	return Info{d.signed}, nil
}

func read(body []byte) (*document, error) {
	f, err := openToSign(body)
	if err != nil {
		return nil, err
	}
	d := &document{file: f}
	var ok bool
	if d.root, ok = f.trailer["Root"].(ref); !ok {
		return nil, damaged("its trailer names no catalog")
	}
	if d.catalog, err = f.dict(d.root); err != nil {
		return nil, err
	}
	if d.catalog == nil || d.catalog["Type"] != name("Catalog") {
		return nil, damaged("its catalog is none")
	}
	if err := d.unlocked(); err != nil {
		return nil, err
	}
	if err := d.readForm(); err != nil {
		return nil, err
	}
	if err := d.readPage(); err != nil {
		return nil, err
	}
	if d.page.at == d.root || d.formAt == d.root || d.formAt == d.page.at {
		return nil, damaged("two of its catalog, its form and its last page are one object")
	}
	_, _, err = f.store(d.catalog)
	return d, err
}

// dict returns a dictionary; nil where there is none. Something else in its place is damage:
// readers disagree about what it is.
func (f *file) dict(o any) (dict, error) { return valueOf[dict](f, o) }

// items returns an array; nil where there is none. Something else in its place is damage.
func (f *file) items(o any) (array, error) { return valueOf[array](f, o) }

func valueOf[T dict | array](f *file, o any) (none T, err error) {
	v, err := f.value(o)
	if err != nil || v == nil || v == keyword("null") {
		return none, err
	}
	t, ok := v.(T)
	if !ok {
		kind := strings.TrimPrefix(fmt.Sprintf("%T", v), "pades.")
		return none, damaged("a %s stands where another kind of object is due", kind)
	}
	return t, nil
}

// unlocked refuses a file whose author certified it and permits no change.
func (d *document) unlocked() error {
	perms, err := d.dict(d.catalog["Perms"])
	if err != nil || perms == nil {
		return err
	}
	certified, err := d.dict(perms["DocMDP"])
	if err != nil || certified == nil {
		return err
	}
	references, err := d.items(certified["Reference"])
	if err != nil {
		return err
	}
	for _, one := range references {
		r, err := d.dict(one)
		if err != nil {
			return err
		}
		method, err := d.value(r["TransformMethod"])
		if err != nil {
			return err
		}
		if method != name("DocMDP") {
			continue
		}
		parms, err := d.dict(r["TransformParams"])
		if err != nil {
			return err
		}
		permits, err := d.value(parms["P"])
		if err != nil {
			return err
		}
		if permits == number("1") {
			return &Refusal{Locked, "its certifying signature permits no change"}
		}
	}
	return nil
}

func (d *document) readForm() (err error) {
	d.formAt, _ = d.catalog["AcroForm"].(ref)
	if d.form, err = d.dict(d.catalog["AcroForm"]); err != nil || d.form == nil {
		return err
	}
	xfa, err := d.value(d.form["XFA"])
	if err != nil {
		return err
	}
	if xfa != nil && xfa != keyword("null") {
		return &Refusal{XFA, "its form is an XFA form"}
	}
	if d.fields, err = d.items(d.form["Fields"]); err != nil {
		return err
	}
	for _, one := range d.fields {
		field, err := d.dict(one)
		if err != nil {
			return err
		}
		kind, err := d.value(field["FT"])
		if err != nil {
			return err
		}
		if kind == name("Sig") && field["V"] != nil {
			d.signed++
		}
	}
	return nil
}

// readPage finds the last page, and what it inherits.
func (d *document) readPage() error {
	at, ok := d.catalog["Pages"].(ref)
	if !ok {
		return damaged("its catalog names no pages")
	}
	inherited, seen := dict{}, map[int]bool{}
	for {
		if seen[at.num] || len(seen) > maxDepth {
			return damaged("its tree of pages does not end")
		}
		seen[at.num] = true
		node, err := d.dict(at)
		if err != nil {
			return err
		}
		if node == nil {
			return damaged("its tree of pages has a hole")
		}
		for _, key := range []name{"MediaBox", "CropBox", "Rotate"} {
			if o, there := node[key]; there {
				if inherited[key], err = d.value(o); err != nil {
					return err
				}
			}
		}
		kids, err := d.items(node["Kids"])
		if err != nil {
			return err
		}
		if node["Type"] == name("Page") || node["Type"] != name("Pages") && kids == nil {
			d.page.at, d.page.dict = at, node
			if d.annots, err = d.items(node["Annots"]); err != nil {
				return err
			}
			return d.shape(inherited)
		}
		if len(kids) == 0 {
			return damaged("it has no page, or an empty branch of its tree of pages")
		}
		if at, ok = kids[len(kids)-1].(ref); !ok {
			return damaged("its tree of pages names a page by no reference")
		}
	}
}

// shape reads what is shown of the page.
func (d *document) shape(inherited dict) error {
	box, err := d.items(inherited["CropBox"])
	if err == nil && box == nil {
		box, err = d.items(inherited["MediaBox"])
	}
	if err != nil {
		return err
	}
	if len(box) != 4 {
		return damaged("its last page has no size")
	}
	var side [4]float64
	for i := range box {
		o, err := d.value(box[i])
		if err != nil {
			return err
		}
		n, ok := o.(number)
		if side[i], err = strconv.ParseFloat(string(n), 64); !ok || err != nil || side[i] > 1e6 || side[i] < -1e6 {
			return damaged("its last page has a side of no length")
		}
	}
	d.page.box = [4]float64{min(side[0], side[2]), min(side[1], side[3]), max(side[0], side[2]), max(side[1], side[3])}
	if d.page.box[2]-d.page.box[0] < 1 || d.page.box[3]-d.page.box[1] < 1 {
		return damaged("its last page has no area")
	}
	if n, ok := inherited["Rotate"].(number); ok {
		turned, err := strconv.Atoi(string(n))
		if err != nil || turned%90 != 0 {
			return damaged("its last page is turned by no right angle")
		}
		d.page.rotate = (turned%360 + 360) % 360
	}
	return nil
}

// addTo returns a copy of what holds a list under a key, with one more item: in the list itself
// where that is its own object, which is replaced then and the holder stays.
func (u *update) addTo(holder dict, key name, list array, item ref) dict {
	list = append(slices.Clip(list), item)
	if at, own := holder[key].(ref); own && len(list) > 1 {
		u.replace(at, list)
		return holder
	}
	return with(holder, key, list)
}

// with returns a copy of a dictionary with one entry set.
func with(d dict, key name, value any) dict {
	out := make(dict, len(d)+1)
	maps.Copy(out, d)
	out[key] = value
	return out
}
