package csc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/sites"
)

// multisign is how many signatures one authorization is good for.
const multisign = 1

// oneByOne says what a site does that has several hashes.
const oneByOne = "The person confirms each document by itself: call credentials/getChallenge and " +
	"credentials/authorize for each hash"

// phone is the id of the object with which a person authorizes: their phone.
const phone = "phone"

// Credential is a certificate whose key is held here.
type Credential struct {
	ID          string   `json:"credentialID,omitempty"`
	Description string   `json:"description"`
	Key         KeyInfo  `json:"key"`
	Cert        CertInfo `json:"cert"`
	Auth        AuthInfo `json:"auth"`
	SCAL        string   `json:"SCAL"`
	Multisign   int      `json:"multisign"`
}

// KeyInfo describes a key.
type KeyInfo struct {
	Status string   `json:"status"` // enabled or disabled
	Algo   []string `json:"algo"`
	Len    int      `json:"len"` // bits
	Curve  string   `json:"curve"`
}

// CertInfo describes a certificate; all but Status as far as it was asked for.
type CertInfo struct {
	Status       string   `json:"status"`                 // valid, expired or revoked
	Certificates []string `json:"certificates,omitempty"` // DER in Base64, the person's first
	IssuerDN     string   `json:"issuerDN,omitempty"`     // RFC 4514
	SerialNumber string   `json:"serialNumber,omitempty"` // hex
	SubjectDN    string   `json:"subjectDN,omitempty"`
	ValidFrom    string   `json:"validFrom,omitempty"` // GeneralizedTime
	ValidTo      string   `json:"validTo,omitempty"`
}

// AuthInfo says how a person authorizes.
type AuthInfo struct {
	Mode       string       `json:"mode"`
	Expression string       `json:"expression,omitempty"`
	Objects    []AuthObject `json:"objects,omitempty"`
}

// AuthObject is one way of authorizing.
type AuthObject struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	Label       string `json:"label"`
	Description string `json:"description"`
}

// generalized is the form of times.
const generalized = "20060102150405Z"

// wish is how much of a credential is asked for.
type wish struct {
	certificates string // none, single or chain
	cert, auth   bool
}

func (p params) wish() (w wish, err error) {
	if w.certificates, err = parameter[string](p, "certificates", "string"); err != nil {
		return w, err
	}
	if w.cert, err = parameter[bool](p, "certInfo", "boolean"); err != nil {
		return w, err
	}
	if w.auth, err = parameter[bool](p, "authInfo", "boolean"); err != nil {
		return w, err
	}
	switch w.certificates {
	case "":
		w.certificates = "single"
	case "none", "single", "chain":
	default:
		return w, bad("Invalid parameter certificates: want none, single or chain")
	}
	return w, nil
}

// leaf returns the certificate of a credential: issued, with a key on P-256 that is held here.
func leaf(c store.Certificate) (*x509.Certificate, bool) {
	if len(c.Value.DER) == 0 || len(c.Value.Request.CSR) == 0 || len(c.Value.Violations) > 0 {
		return nil, false
	}
	cert, err := x509.ParseCertificate(c.Value.DER)
	if err != nil {
		return nil, false
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	return cert, ok && key.Curve == elliptic.P256()
}

// seen is a credential as it is told; false of a certificate that is none.
func (a *API) seen(c store.Certificate, w wish) (v Credential, ok bool) {
	cert, ok := leaf(c)
	if !ok {
		return v, false
	}
	v = Credential{
		Description: c.Value.Level.Badge(c.Value.Request.Language),
		Key:         KeyInfo{Status: "disabled", Algo: []string{oidECDSA}, Len: 256, Curve: oidP256},
		Cert:        CertInfo{Status: "valid"}, Auth: AuthInfo{Mode: "explicit"}, SCAL: "2", Multisign: multisign,
	}
	if a.cfg.Journey.CanSign(c) {
		v.Key.Status = "enabled"
	}
	switch state, _ := a.cfg.Journey.CertificateState(c); state {
	case certificate.StateExpired:
		v.Cert.Status = "expired"
	case certificate.StateRevoked:
		v.Cert.Status = "revoked"
	}
	if w.certificates != "none" {
		v.Cert.Certificates = []string{base64.StdEncoding.EncodeToString(c.Value.DER)}
	}
	if w.certificates == "chain" {
		for _, der := range c.Value.Chain {
			v.Cert.Certificates = append(v.Cert.Certificates, base64.StdEncoding.EncodeToString(der))
		}
	}
	if w.cert {
		v.Cert.IssuerDN, v.Cert.SubjectDN = nameOf(cert.RawIssuer), nameOf(cert.RawSubject)
		v.Cert.SerialNumber = strings.ToUpper(certificate.SerialOf(cert))
		v.Cert.ValidFrom = cert.NotBefore.UTC().Format(generalized)
		v.Cert.ValidTo = cert.NotAfter.UTC().Format(generalized)
	}
	if w.auth {
		v.Auth.Expression = phone
		v.Auth.Objects = []AuthObject{{"ChallengeResponseOOB", phone, "Phone",
			"The person opens the link of an e-mail and types the digits of credentials/getChallenge, which you show them"}}
	}
	return v, true
}

// nameOf writes a name of a certificate as RFC 4514 has it: all of its parts, the last one first.
func nameOf(der []byte) string {
	var parts pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		return "" // the certificate was parsed, and its names with it
	}
	return parts.String()
}

// look enters in the audit that a site reads a certificate: without the entry nothing is told.
func (a *API) look(ctx context.Context, by journey.Asker, c store.Certificate) error {
	actor := enrolment.Actor{Role: "site", ID: by.Key}
	return a.cfg.Journey.Audit(ctx, actor, journey.AuditLook, c.Enrolment, "certificate")
}

// Credentials is the answer of credentials/list.
type Credentials struct {
	IDs       []string     `json:"credentialIDs"`
	Infos     []Credential `json:"credentialInfos,omitempty"`
	OnlyValid bool         `json:"onlyValid,omitempty"`
}

// list answers with the credentials of the person of one verification.
func (a *API) list(ctx context.Context, by journey.Asker, p params) (int, any, error) {
	user, err := needed[string](p, "userID", "string")
	if err != nil {
		return 0, nil, err
	}
	infos, err := parameter[bool](p, "credentialInfo", "boolean")
	if err != nil {
		return 0, nil, err
	}
	only, err := parameter[bool](p, "onlyValid", "boolean")
	if err != nil {
		return 0, nil, err
	}
	w, err := p.wish()
	if err != nil {
		return 0, nil, err
	}
	v, err := a.cfg.Registry.Get(ctx, by.Site.ID, user)
	if errors.Is(err, store.ErrNotFound) || err == nil && v.Status == sites.Redacted {
		return 0, nil, bad("Invalid parameter userID: want the id of one of this site's verifications")
	}
	if err != nil {
		return 0, nil, err
	}
	all, err := a.cfg.Journey.CertificatesOf(ctx, v.Subject())
	if err != nil {
		return 0, nil, err
	}
	out := Credentials{IDs: []string{}, OnlyValid: only}
	for _, c := range all {
		one, ok := a.seen(c, w)
		if !ok || only && one.Key.Status != "enabled" {
			continue
		}
		out.IDs = append(out.IDs, c.ID)
		if infos {
			if err := a.look(ctx, by, c); err != nil {
				return 0, nil, err
			}
			one.ID = c.ID
			out.Infos = append(out.Infos, one)
		}
	}
	return http.StatusOK, out, nil
}

// credential returns the credential that a request names: of a person whose verification the site began.
func (a *API) credential(ctx context.Context, by journey.Asker, p params) (c store.Certificate, err error) {
	id, err := needed[string](p, "credentialID", "string")
	if err != nil {
		return c, err
	}
	c, err = a.cfg.Journey.CertificateAny(ctx, id)
	if err == nil {
		verification, _, _ := sites.OfSubject(c.Owner)
		var v sites.Verification
		if v, err = a.cfg.Registry.Get(ctx, by.Site.ID, verification); err == nil && v.Status == sites.Redacted {
			err = store.ErrNotFound
		}
	}
	if _, ok := leaf(c); errors.Is(err, store.ErrNotFound) || err == nil && !ok {
		return store.Certificate{}, bad("Invalid parameter credentialID")
	}
	return c, err
}

func (a *API) info(ctx context.Context, by journey.Asker, p params) (int, any, error) {
	c, err := a.credential(ctx, by, p)
	if err != nil {
		return 0, nil, err
	}
	w, err := p.wish()
	if err != nil {
		return 0, nil, err
	}
	v, _ := a.seen(c, w)
	if err := a.look(ctx, by, c); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, v, nil
}
