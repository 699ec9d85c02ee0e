package testca_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/testca"
)

// A stored digest says later whether a request is the same one: another form of it would have
// an update refuse what was asked for before.
func TestTheStoredDigestOfARequestStays(t *testing.T) {
	csr := must(base64.StdEncoding.DecodeString("MIG5MGICAQAwADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABANSzwxhA+zqCVOj7cW+" +
		"0QEq99+/XZF7/pnF5E/4QblTu4QTMz4/5gYcf9hsJiDcbbHAl1mF0Q1GtuB1kV3oZ2egADAKBggqhkjOPQQDAgNHADBEAiBtQS87LHiOZ6z3" +
		"vUwhR/5r2U7sy2PUbeeOcijLE7h6NAIgXjQDRuufJQ7eQ0VwlGf5b63ApukV/bPfuuGQ9YLUwKc="))
	dir := t.TempDir()
	store := &testca.Memory{}
	ca := must(testca.Open(t.Context(), testca.Config{Dir: dir, Store: store, BaseURL: "http://localhost",
		Keys: must(keys.OpenFiles(dir, bytes.Repeat([]byte("s"), 32)))}))
	must(ca.Request(t.Context(), certificate.Request{Enrolment: "e1", Reference: "ABCDEF", Language: "fr", CSR: csr,
		Subject: certificate.Subject{GivenNames: "Maéva  Louise", Surname: "Specimen", Country: "FR"}}))
	const want = "83e455e9ecab394288563f23595569f74199035747a579fdb3ea3c00672514c7"
	if got := must(store.ByEnrolment(t.Context(), "e1")).Request; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
