package main

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// tableOfPlaces writes a table of three networks.
func tableOfPlaces(t *testing.T) string {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-City", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	names := func(pairs ...string) mmdbtype.Map {
		m := mmdbtype.Map{}
		for i := 0; i < len(pairs); i += 2 {
			m[mmdbtype.String(pairs[i])] = mmdbtype.String(pairs[i+1])
		}
		return mmdbtype.Map{"names": m}
	}
	for cidr, value := range map[string]mmdbtype.Map{
		"192.0.2.0/24":    {"city": names("fr", "Londres", "en", "London"), "country": names("fr", "Royaume-Uni", "en", "United Kingdom")},
		"198.51.100.0/24": {"country": names("en", "Iceland")},
		"2001:db8:7::/48": {"city": names("xx", "Somewhere"), "country": names("fr", "France")},
	} {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(network, value); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "places.mmdb")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteTo(out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPlacesComeFromTheOperatorsTable(t *testing.T) {
	p, err := openPlaces(tableOfPlaces(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	for _, tt := range []struct{ address, language, want string }{
		{"192.0.2.7", "fr", "Londres, Royaume-Uni"}, {"192.0.2.7", "en", "London, United Kingdom"}, {"192.0.2.7", "de", "London, United Kingdom"},
		{"::ffff:192.0.2.7", "fr", "Londres, Royaume-Uni"}, {"198.51.100.1", "fr", "Iceland"}, {"2001:db8:7::1", "fr", "France"},
		{"10.0.0.1", "fr", ""}, {"127.0.0.1", "fr", ""}, {"203.0.113.1", "fr", ""}, {"2001:db8:8::1", "fr", ""},
	} {
		if got := p.of(netip.MustParseAddr(tt.address), tt.language); got != tt.want {
			t.Errorf("%s in %s: %q, want %q", tt.address, tt.language, got, tt.want)
		}
	}
	var none *places
	if none.of(netip.MustParseAddr("192.0.2.7"), "fr") != "" || none.close() != nil || p.of(netip.Addr{}, "fr") != "" {
		t.Error("a place without a table or an address")
	}
}

func TestATableThatIsNoneEndsTheStart(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "places.csv")
	if err := os.WriteFile(bad, []byte("192.0.2.0/24,London\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{bad, filepath.Join(t.TempDir(), "missing.mmdb")} {
		if _, err := openPlaces(file); err == nil || !strings.Contains(err.Error(), "--places="+file) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if p, err := openPlaces(""); p != nil || err != nil {
		t.Errorf("no table: %v, %v", p, err)
	}
}
