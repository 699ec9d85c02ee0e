package provider

import (
	"encoding/base64"
	"testing"
)

// RFC 9421, appendix B.2.5.
func TestTheSignatureOfTheRFCsExample(t *testing.T) {
	secret, err := base64.StdEncoding.DecodeString(
		"uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==")
	if err != nil {
		t.Fatal(err)
	}
	covered := []field{{"date", "Tue, 20 Apr 2021 02:07:55 GMT"}, {"@authority", "example.com"},
		{"content-type", "application/json"}}
	params := "(" + quoted(covered) + `);created=1618884473;keyid="test-shared-secret"`
	got := base64.StdEncoding.EncodeToString(mac(secret, signatureBase(covered, params)))
	if want := "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
