package enrolments_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"

	"visavis/certificate/pades"
	"visavis/certificate/proof/xades"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/server/csc"
)

func TestASiteHasAHashSignedThatItsPersonConfirms(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	h := in.host(t)
	v, c := h.certified()
	r := h.remote()

	var about csc.ServiceInfo
	(&remote{host: h}).gets(http.StatusOK, "info", object{}, &about)
	if about.Specs != "2.0.0.2" || about.OAuth2 != in.URL+"/csc/v2/" ||
		!slices.Equal(about.AuthType, []string{"oauth2client"}) ||
		len(about.Methods) != 8 || about.Region != "FR" {
		t.Errorf("info: %+v", about)
	}
	var list csc.Credentials
	r.gets(http.StatusOK, "credentials/list", object{"userID": v.ID, "credentialInfo": true, "certInfo": true,
		"certificates": "chain", "authInfo": true, "onlyValid": true}, &list)
	if !slices.Equal(list.IDs, []string{c.ID}) || len(list.Infos) != 1 || !list.OnlyValid {
		t.Fatalf("the list: %+v", list)
	}
	one := list.Infos[0]
	if one.Key.Status != "enabled" || one.Cert.Status != "valid" || one.SCAL != "2" || one.Multisign != 1 ||
		one.Auth.Mode != "explicit" || one.Auth.Objects[0].Type != "ChallengeResponseOOB" ||
		one.Auth.Objects[0].ID != "phone" ||
		len(one.Cert.Certificates) != 1+len(c.Value.Chain) || !strings.Contains(one.Cert.SubjectDN, "TEST") ||
		!strings.HasSuffix(one.Cert.SubjectDN, ",C=FR") { // RFC 4514: the certificate's order, the other way round
		t.Errorf("the credential: %+v", one)
	}
	var same csc.Credential
	r.gets(http.StatusOK, "credentials/info", object{"credentialID": c.ID, "certInfo": true, "lang": nil}, &same)
	if same.ID != "" || len(same.Cert.Certificates) != 1 ||
		same.Cert.SerialNumber != strings.ToUpper(c.Value.Details.Serial) ||
		same.Cert.ValidTo != c.Value.Details.NotAfter.UTC().Format("20060102150405Z") || same.Auth.Objects != nil {
		t.Errorf("info of it: %+v", same)
	}

	sum := digestOf("the contract")
	handle, digits, secret := r.asks(c, sum)
	waitFor(t, func() bool { return slices.Contains(p.letters.list(), "signing "+handle) })
	var pending csc.Pending
	r.gets(http.StatusAccepted, "credentials/authorizeCheck", object{"handle": handle}, &pending)
	phone := in.browser(t, "")
	status, _, answer := phone.do("POST", "/api/confirm", map[string]string{"secret": secret})
	var shown struct{ Name, SHA256, Site, Signer string }
	must(t, json.Unmarshal(answer, &shown))
	if status != http.StatusOK || shown.Name != "Contrat.pdf" || shown.SHA256 != hex.EncodeToString(sum) ||
		shown.Site != "Exemple & Cie" || !strings.Contains(shown.Signer, "TEST") {
		t.Errorf("the phone reads %d %s", status, answer)
	}
	in.says(t, "/api/confirm/yes", secret, digits)
	var active csc.Activation
	r.gets(http.StatusOK, "credentials/authorizeCheck", object{"handle": handle}, &active)
	var out csc.Signatures
	r.gets(http.StatusOK, "signatures/signHash", signing(c, active.SAD, sum, nil), &out)
	value, err := base64.StdEncoding.DecodeString(out.Signatures[0])
	must(t, err)
	cert, err := x509.ParseCertificate(c.Value.DER)
	must(t, err)
	if !ecdsa.VerifyASN1(cert.PublicKey.(*ecdsa.PublicKey), sum, value) {
		t.Error("the signature does not verify with the certificate")
	}
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, active.SAD, sum, nil))
	r.refusedWith("invalid_request", "was used", "credentials/authorizeCheck", object{"handle": handle})

	entries, last := in.audited(t, c.Enrolment)
	for action, want := range map[string]int{journey.AuditSignAsked: 1, journey.AuditSignConfirmed: 1,
		journey.AuditSigned: 1, journey.AuditLook: 2} {
		if entries[action] != want {
			t.Errorf("%d entries %s, want %d", entries[action], action, want)
		}
	}
	if made := sha256.Sum256(value); !strings.Contains(last, hex.EncodeToString(sum)) ||
		!strings.Contains(last, hex.EncodeToString(made[:])) || !strings.Contains(last, h.of.ID) {
		t.Errorf("the last entry is %q, want hash, signature and site", last)
	}
	_, err = in.keeper.Verify(t.Context(), c.Enrolment)
	must(t, err)
	for _, hidden := range []string{h.key, r.token, active.SAD, secret} {
		if strings.Contains(in.log.String(), hidden) {
			t.Error("a secret stands in the log")
		}
	}
}

// remoteKey signs as a site does: it has a hash confirmed by the person and signed by the server.
type remoteKey struct {
	*remote
	of store.Certificate
}

func (k remoteKey) Public() crypto.PublicKey { return nil }

func (k remoteKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	var out csc.Signatures
	k.gets(http.StatusOK, "signatures/signHash", signing(k.of, k.confirmed(k.of, digest), digest, nil), &out)
	return base64.StdEncoding.DecodeString(out.Signatures[0])
}

func TestASignedHashMakesAPDFSignature(t *testing.T) {
	_, _, r, c := stage(t)
	cert, err := x509.ParseCertificate(c.Value.DER)
	must(t, err)
	seal := xades.Seal{Chain: []*x509.Certificate{cert},
		Use: func(_ context.Context, f func(crypto.Signer) error) error { return f(remoteKey{r, c}) }}
	out, err := pades.Sign(t.Context(), contract, seal, xades.Sources{}, pades.Look{Name: "TEST"}, time.Now())
	must(t, err)
	if out.Level != pades.B {
		t.Errorf("level %s", out.Level)
	}
	parts := regexp.MustCompile(`/ByteRange ?\[0 (\d+) (\d+) (\d+)`).FindSubmatch(out.PDF)
	if parts == nil {
		t.Fatal("no byte range")
	}
	var at [3]int
	for i := range at {
		at[i], err = strconv.Atoi(string(parts[i+1]))
		must(t, err)
	}
	padded, err := hex.DecodeString(string(out.PDF[at[0]+1 : at[1]-1]))
	must(t, err)
	var cms asn1.RawValue
	_, err = asn1.Unmarshal(padded, &cms)
	must(t, err)
	p7, err := pkcs7.Parse(cms.FullBytes)
	must(t, err)
	p7.Content = append(slices.Clone(out.PDF[:at[0]]), out.PDF[at[1]:at[1]+at[2]]...)
	must(t, p7.Verify())
	if p7.GetOnlySigner() == nil || !p7.GetOnlySigner().Equal(cert) {
		t.Error("another signer")
	}
}
