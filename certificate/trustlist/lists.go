package trustlist

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// The identifiers of TS 119 612, annex D and E, for the list of lists.
const (
	typeLists = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"
	typeXML   = "application/vnd.etsi.tsl+xml"
)

// Lists is the address of the Commission's list of trusted lists.
const Lists = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"

// mostPivots is how many changes of its own signers a list of lists may have behind it.
const mostPivots = 50

// pointer is to another list, or of the list of lists to itself.
type pointer struct {
	Location     string   `xml:"TSLLocation"`
	Certificates []string `xml:"ServiceDigitalIdentities>ServiceDigitalIdentity>DigitalId>X509Certificate"`
	About        []struct {
		Territory string `xml:"SchemeTerritory"`
		Type      string `xml:"TSLType"`
		MIME      string `xml:"MimeType"`
	} `xml:"AdditionalInformation>OtherInformation"`
}

// about returns what a pointer says of the list that it leads to.
func (p pointer) about() (territory, kind, mime string) {
	for _, a := range p.About {
		territory += strings.TrimSpace(a.Territory)
		kind += strings.TrimSpace(a.Type)
		mime += strings.TrimSpace(a.MIME)
	}
	return territory, kind, mime
}

// Bundle is what a decision rests on: a country's list, and who may sign it.
type Bundle struct {
	List []byte

	// Lists is the list of lists, which names the signers of List. Nil where those are
	// pinned.
	Lists []byte

	// Pivots are the lists of lists that changed its own signers, by file name.
	Pivots map[string][]byte
}

// Parse reads a bundle. The signers are the country's, or with a list of lists those
// that the Official Journal published for it: each pivot since then names the signers
// of the next one, and the last one those of the list itself (TS 119 615, 4.1).
func (b Bundle) Parse(signers []*x509.Certificate) (*List, error) {
	if b.Lists == nil {
		return Parse(b.List, signers)
	}
	lists, d, err := b.lists(signers)
	if err != nil {
		return nil, fmt.Errorf("list of lists: %w", err)
	}
	// The list names its country. The country decides which signers are accepted.
	var claimed document
	if err := xml.NewDecoder(bytes.NewReader(b.List)).Decode(&claimed); err != nil {
		return nil, fmt.Errorf("trusted list: it is no list of TS 119 612: %w", err)
	}
	p, err := d.country(claimed.Territory)
	if err != nil {
		return nil, fmt.Errorf("list of lists: %w", err)
	}
	list, err := Parse(b.List, p.signers)
	if err != nil {
		return nil, err
	}
	list.lists = lists.Sequence
	if lists.NextUpdate.Before(list.NextUpdate) {
		list.NextUpdate = lists.NextUpdate
	}
	return list, nil
}

// Succeeds returns an error where a bundle is older than the last one. A last one that is
// good no more says nothing.
func (b Bundle) Succeeds(last Bundle, signers []*x509.Certificate) error {
	before, err := last.Parse(signers)
	if err != nil {
		return nil //nolint:nilerr // what cannot be read is replaced
	}
	list, err := b.Parse(signers)
	if err != nil {
		return err
	}
	var n numbers
	n.note(before)
	return n.check(list)
}

// lists checks the list of lists, from its oldest pivot on.
func (b Bundle) lists(signers []*x509.Certificate) (*List, document, error) {
	names, err := pivots(b.Lists)
	if err != nil {
		return nil, document{}, err
	}
	sequence := 0
	for _, address := range slices.Backward(names) {
		name, _ := fileName(address)
		body, ok := b.Pivots[name]
		if !ok {
			return nil, document{}, fmt.Errorf("its pivot %s is missing", name)
		}
		pivot, d, err := listOfLists(body, signers, sequence)
		if err != nil {
			return nil, d, fmt.Errorf("its pivot %s: %w", name, err)
		}
		if signers, err = d.own(); err != nil {
			return nil, d, fmt.Errorf("its pivot %s: %w", name, err)
		}
		sequence = pivot.Sequence
	}
	return listOfLists(b.Lists, signers, sequence)
}

// listOfLists reads one, newer than those before it.
func listOfLists(body []byte, signers []*x509.Certificate, after int) (*List, document, error) {
	l, d, err := head(body, signers)
	switch {
	case err != nil:
		return nil, d, err
	case strings.TrimSpace(d.Type) != typeLists:
		return nil, d, fmt.Errorf("its type is %q, want %s", d.Type, typeLists)
	case l.Sequence < after:
		return nil, d, fmt.Errorf("sequence number %d after %d of the pivot before it", l.Sequence, after)
	}
	return l, d, nil
}

// own returns who may sign the next list of lists.
func (d document) own() ([]*x509.Certificate, error) {
	for _, p := range d.Pointers {
		if _, kind, mime := p.about(); kind == typeLists && mime == typeXML {
			signers, err := certificates(p.Certificates)
			if err == nil && len(signers) == 0 {
				err = errors.New("none that can be read")
			}
			if err != nil {
				return nil, fmt.Errorf("its own signers: %w", err)
			}
			return signers, nil
		}
	}
	return nil, errors.New("it has no pointer to itself, which names its signers")
}

// listed is where a country's list is and who may sign it.
type listed struct {
	address string
	signers []*x509.Certificate
}

// country returns the pointer to a country's list.
func (d document) country(territory string) (listed, error) {
	territory = strings.TrimSpace(territory)
	var known []string
	for _, p := range d.Pointers {
		of, kind, mime := p.about()
		if mime != typeXML || kind == typeLists {
			continue
		}
		if of != territory {
			known = append(known, of)
			continue
		}
		signers, err := certificates(p.Certificates)
		if err != nil {
			return listed{}, fmt.Errorf("the signers of %s: %w", territory, err)
		}
		return listed{strings.TrimSpace(p.Location), signers}, nil
	}
	slices.Sort(known)
	return listed{}, fmt.Errorf("it names no list of %q, but those of %s", territory, strings.Join(known, ", "))
}

// pivots returns the addresses of a list of lists' pivots, newest first. Nothing else of
// a list that was not checked yet is used.
func pivots(body []byte) ([]string, error) {
	if len(body) > maxList {
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", len(body), maxList)
	}
	var d document
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&d); err != nil {
		return nil, fmt.Errorf("it is no list of TS 119 612: %w", err)
	}
	var out []string
	for _, address := range d.About {
		address = strings.TrimSpace(address)
		if !strings.HasSuffix(strings.ToLower(address), ".xml") {
			continue // the Official Journal's page, the legal notice
		}
		if _, err := fileName(address); err != nil {
			return nil, err
		}
		if !slices.Contains(out, address) { // once for each language
			out = append(out, address)
		}
	}
	if len(out) > mostPivots {
		return nil, fmt.Errorf("it has %d pivots, at most %d are followed: pin the signers of the Official Journal's "+
			"last publication", len(out), mostPivots)
	}
	return out, nil
}

// fileName is a pivot's in the folder of a bundle: the last part of its address.
func fileName(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("its pivot's address is %q, want https://…", address)
	}
	name := path.Base(u.Path)
	if name == listName || name == listsName || strings.ContainsAny(name, `/\:`) || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("its pivot's address is %q, which cannot name a file", address)
	}
	return name, nil
}

// Fetch reads the list of lists at an address, its pivots and a country's list by get,
// and checks them. The signers are those of the Official Journal.
func Fetch(ctx context.Context, get func(ctx context.Context, address string) ([]byte, error),
	address, territory string, signers []*x509.Certificate,
) (b Bundle, err error) {
	if b.Lists, err = get(ctx, address); err != nil {
		return b, fmt.Errorf("list of lists: %w", err)
	}
	names, err := pivots(b.Lists)
	if err != nil {
		return b, fmt.Errorf("list of lists: %w", err)
	}
	b.Pivots = map[string][]byte{}
	for _, at := range names {
		name, _ := fileName(at)
		if b.Pivots[name], err = get(ctx, at); err != nil {
			return b, fmt.Errorf("list of lists: its pivot: %w", err)
		}
	}
	lists, d, err := b.lists(signers)
	if err != nil {
		return b, fmt.Errorf("list of lists: %w", err)
	}
	if time.Now().After(lists.NextUpdate) {
		return b, fmt.Errorf("list of lists: it counted until %s", lists.NextUpdate.Format(time.DateOnly))
	}
	country, err := d.country(territory)
	if err != nil {
		return b, fmt.Errorf("list of lists: %w", err)
	}
	if !strings.HasPrefix(country.address, "https://") {
		return b, fmt.Errorf("list of lists: the list of %s is at %q, want https://…", territory, country.address)
	}
	if b.List, err = get(ctx, country.address); err != nil {
		return b, fmt.Errorf("trusted list: %w", err)
	}
	list, err := b.Parse(signers)
	if err == nil && strings.TrimSpace(list.Territory) != territory {
		err = fmt.Errorf("trusted list: it is that of %s, want %s", list.Territory, territory)
	}
	return b, err
}
