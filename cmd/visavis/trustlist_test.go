package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// signedList is a list of TS 119 612 with nothing but what every list has, and pointers.
func signedList(t *testing.T, key *ecdsa.PrivateKey, cert []byte, territory, kind, pointers string) []byte {
	t.Helper()
	doc := etree.NewDocument()
	now := time.Now().UTC()
	err := doc.ReadFromString(fmt.Sprintf(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="list">`+
		`<SchemeInformation><TSLSequenceNumber>7</TSLSequenceNumber><TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/%s`+
		`</TSLType><SchemeTerritory>%s</SchemeTerritory><PointersToOtherTSL>%s</PointersToOtherTSL><ListIssueDateTime>%s`+
		`</ListIssueDateTime><NextUpdate><dateTime>%s</dateTime></NextUpdate></SchemeInformation></TrustServiceStatusList>`,
		kind, territory, pointers, now.Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := dsig.NewSigningContext(key, [][]byte{cert})
	if err != nil {
		t.Fatal(err)
	}
	c.IdAttribute = "Id"
	c.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := c.SetSignatureMethod(dsig.ECDSASHA256SignatureMethod); err != nil {
		t.Fatal(err)
	}
	signed, err := c.SignEnveloped(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(signed)
	body, err := out.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestTheTrustListCommandFillsAFolder(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	served := map[string][]byte{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(served[r.URL.Path])
	}))
	defer server.Close()
	ours := http.DefaultClient.Transport
	http.DefaultClient.Transport = server.Client().Transport
	defer func() { http.DefaultClient.Transport = ours }()
	served["/fr.xml"] = signedList(t, key, cert, "FR", "EUgeneric", "")
	served["/lists.xml"] = signedList(t, key, cert, "EU", "EUlistofthelists", "<OtherTSLPointer>"+
		"<ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId><X509Certificate>"+
		base64.StdEncoding.EncodeToString(cert)+"</X509Certificate></DigitalId></ServiceDigitalIdentity>"+
		"</ServiceDigitalIdentities><TSLLocation>"+server.URL+"/fr.xml</TSLLocation><AdditionalInformation>"+
		"<OtherInformation><SchemeTerritory>FR</SchemeTerritory></OtherInformation><OtherInformation><MimeType>"+
		"application/vnd.etsi.tsl+xml</MimeType></OtherInformation></AdditionalInformation></OtherTSLPointer>")

	folder := t.TempDir()
	signers, trust := filepath.Join(folder, "journal.pem"), filepath.Join(folder, "trust")
	if err := os.WriteFile(signers, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it replaces
		var out bytes.Buffer
		env := environment{getenv: func(string) string { return "" }, stdout: &out, stderr: &out}
		args := []string{"trust-list", "--territory=FR", "--signers=" + signers, "--url=" + server.URL + "/lists.xml",
			trust}
		err := run(t.Context(), args, env)
		if err != nil || !strings.Contains(out.String(), "list 7 of FR, in force until ") {
			t.Fatalf("%v: %s", err, &out)
		}
	}
	found := checkTrustList(t.Context(), doctorConfig{TrustList: trust, TrustListSigners: signers})
	if !strings.Contains(fmt.Sprint(found), "in force until") {
		t.Errorf("the doctor says %v", found)
	}
}

// What is fetched and checked is tested in certificate/trustlist; here: what a person reads when it cannot be.
func TestTheTrustListCommandSaysWhatItLacks(t *testing.T) {
	folder := t.TempDir()
	none := filepath.Join(folder, "no.pem")
	if err := os.WriteFile(none, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":                    {nil, "usage: visavis trust-list"},
		"no territory":               {[]string{folder}, "usage: visavis trust-list"},
		"no signers":                 {[]string{"--territory=FR", folder}, "--signers: a PEM file is required"},
		"signers that are none":      {[]string{"--territory=FR", "--signers=" + none, folder}, "--signers: "},
		"signers that are not there": {[]string{"--territory=FR", "--signers=" + none + "x", folder}, "no such file"},
	} {
		env := environment{getenv: func(string) string { return "" }, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
		err := run(t.Context(), append([]string{"trust-list"}, c.args...), env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
