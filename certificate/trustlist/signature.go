package trustlist

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// maxList is the longest list, in bytes: the longest national ones have 10 MB.
const maxList = 64 << 20

// verified returns the XML that a signature of one of the signers covers, nothing
// beside it, and who that is. Whether their certificate counted then is not looked
// at here.
func verified(body []byte, signers []*x509.Certificate) ([]byte, *x509.Certificate, error) {
	if len(signers) == 0 {
		return nil, nil, errors.New("no signer is pinned: set the certificates that may sign it")
	}
	if len(body) > maxList {
		return nil, nil, fmt.Errorf("it has %d bytes, at most %d are read", len(body), maxList)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(body); err != nil {
		return nil, nil, fmt.Errorf("it is no XML: %w", err)
	}
	root := doc.Root()
	if root == nil {
		return nil, nil, errors.New("it is empty")
	}
	signatureFirst(root)
	plainECDSA(root, signers)
	if err := strongEnough(root); err != nil {
		return nil, nil, err
	}
	err := errors.New("no signer is strong enough")
	for _, s := range signers {
		if weak(s) {
			continue
		}
		var signed *etree.Element
		if signed, err = validate(root.Copy(), s); err == nil {
			out := etree.NewDocument()
			out.SetRoot(signed)
			text, err := out.WriteToBytes()
			return text, s, err
		}
	}
	return nil, nil, fmt.Errorf("its signature: %w", err)
}

// validate checks the signature of one signer, at a moment when their certificate
// counts.
func validate(root *etree.Element, signer *x509.Certificate) (*etree.Element, error) {
	check := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{signer}})
	check.IdAttribute = "Id"
	check.Clock = dsig.NewFakeClockAt(signer.NotAfter)
	return check.Validate(root)
}

// strongEnough wants hashes of TS 119 312 in a signature: no SHA-1, no MD5.
func strongEnough(root *etree.Element) error {
	for _, tag := range []string{"SignatureMethod", "DigestMethod"} {
		for _, e := range root.FindElements("./Signature/SignedInfo//" + tag) {
			algorithm := e.SelectAttrValue("Algorithm", "")
			if !strings.Contains(algorithm, "sha256") && !strings.Contains(algorithm, "sha384") &&
				!strings.Contains(algorithm, "sha512") {
				return fmt.Errorf("its signature: %s %q, want SHA-256, 384 or 512", tag, algorithm)
			}
		}
	}
	return nil
}

// weak tells that nobody should believe a signer's key: RSA under 1900 bits.
func weak(signer *x509.Certificate) bool {
	k, ok := signer.PublicKey.(*rsa.PublicKey)
	return ok && k.N.BitLen() < 1900
}

// signatureFirst puts the signature before what it signs. The library gives up its
// search after 1,000 elements, and real lists have some 10,000 before theirs. An
// enveloped signature is taken out before the digest is made, so that its place
// does not count.
func signatureFirst(root *etree.Element) {
	for _, child := range root.ChildElements() {
		if child.Tag == dsig.SignatureTag && child.NamespaceURI() == dsig.Namespace {
			root.InsertChildAt(0, root.RemoveChild(child))
			return
		}
	}
}

// plainECDSA writes ECDSA signatures as the library reads them: XML has the two
// numbers one after the other (XML Signature, 6.4.3), crypto/x509 wants DER. The
// value is not part of what is signed.
func plainECDSA(root *etree.Element, signers []*x509.Certificate) {
	for _, value := range root.FindElements("./Signature/SignatureValue") {
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value.Text()), ""))
		if err != nil {
			continue // the library says so
		}
		text := base64.StdEncoding.EncodeToString(raw) // the decoder takes no spaces
		for _, s := range signers {
			k, ok := s.PublicKey.(*ecdsa.PublicKey)
			if !ok || len(raw) != 2*((k.Params().BitSize+7)/8) {
				continue
			}
			half := len(raw) / 2
			der, err := asn1.Marshal(struct{ R, S *big.Int }{
				new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
			if err == nil {
				text = base64.StdEncoding.EncodeToString(der)
			}
		}
		value.SetText(text)
	}
}
