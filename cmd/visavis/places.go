package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"

	"visavis/words"
)

// places tell roughly where an address is, by a table that the operator has on disk:
// nobody is asked. The nil value knows no place.
type places struct{ table *maxminddb.Reader }

// openPlaces opens a table in MaxMind's format, of cities or of countries. The empty
// name gives nil.
func openPlaces(file string) (*places, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // no table is a state of its own
	}
	table, err := maxminddb.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--places=%s: want a table of cities or countries in MaxMind's format (.mmdb): %w", file, err)
	}
	return &places{table}, nil
}

// named is a place in several languages.
type named struct {
	Names map[string]string `maxminddb:"names"`
}

// in is the name in a language, else in the fallback of the pages, else none.
func (n named) in(tag string) string {
	all := words.Languages()
	wanted := []string{tag}
	if i := slices.IndexFunc(all, func(l words.Language) bool { return l.Fallback }); i >= 0 {
		wanted = append(wanted, all[i].Tag)
	}
	for _, w := range wanted {
		if name := n.Names[w]; name != "" {
			return name
		}
	}
	return ""
}

// of returns city and country of an address, as far as they are known: "Lyon, France".
// It is empty for addresses of a private network.
func (p *places) of(address netip.Addr, tag string) string {
	if p == nil || !address.IsValid() {
		return ""
	}
	var found struct {
		City    named `maxminddb:"city"`
		Country named `maxminddb:"country"`
	}
	if err := p.table.Lookup(address.Unmap()).Decode(&found); err != nil {
		return "" // this entry is damaged; the others can still be read
	}
	parts := []string{found.City.in(tag), found.Country.in(tag)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// close lets the table go.
func (p *places) close() error {
	if p == nil {
		return nil
	}
	return p.table.Close()
}
