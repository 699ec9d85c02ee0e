package trustlist

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The identifiers of TS 119 612, 5.5 and annex D.
const (
	namespace      = "http://uri.etsi.org/02231/v2#"
	typeCAQC       = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	statusGranted  = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
	forESignatures = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures"
)

// ErrOutdated is a list past its next update.
var ErrOutdated = errors.New("the trusted list is out of date: fetch the next one")

// List is a trusted list whose signature was checked.
type List struct {
	Territory string // ISO 3166-1, of the scheme
	Sequence  int
	Issued    time.Time

	// NextUpdate is until when it counts. Where the Commission's list of lists says who
	// signs it and ends first, it is that list's.
	NextUpdate time.Time

	// SignerEnded is when its signer's certificate ended, where that is over: the list
	// counts until its next update, which must come from another signer.
	SignerEnded time.Time

	lists    int // sequence number of the list of lists; 0 without one
	services []service
	now      func() time.Time
}

// service is one of a provider's, from one time on.
type service struct {
	kind      string
	status    string
	from      time.Time
	signature bool // for electronic signatures
	qualified []qualification
	// unread is a critical extension that is not known here: nothing may be concluded
	// from the service.
	unread bool
	ids    []*x509.Certificate
	// history are the states before, newest first; their ids may be left out.
	history []service
}

// attribute is one of a subject's name.
type attribute = pkix.AttributeTypeAndValue

// document is what is read of the XML.
type document struct {
	XMLName   xml.Name  `xml:"http://uri.etsi.org/02231/v2# TrustServiceStatusList"`
	Type      string    `xml:"SchemeInformation>TSLType"`
	Territory string    `xml:"SchemeInformation>SchemeTerritory"`
	Sequence  int       `xml:"SchemeInformation>TSLSequenceNumber"`
	Issued    string    `xml:"SchemeInformation>ListIssueDateTime"`
	Next      string    `xml:"SchemeInformation>NextUpdate>dateTime"`
	About     []string  `xml:"SchemeInformation>SchemeInformationURI>URI"`
	Pointers  []pointer `xml:"SchemeInformation>PointersToOtherTSL>OtherTSLPointer"`
	Services  []struct {
		Now     information   `xml:"ServiceInformation"`
		History []information `xml:"ServiceHistory>ServiceHistoryInstance"`
	} `xml:"TrustServiceProviderList>TrustServiceProvider>TSPServices>TSPService"`
}

type information struct {
	Type         string   `xml:"ServiceTypeIdentifier"`
	Status       string   `xml:"ServiceStatus"`
	From         string   `xml:"StatusStartingTime"`
	Certificates []string `xml:"ServiceDigitalIdentity>DigitalId>X509Certificate"`
	Extensions   []struct {
		Critical string          `xml:"Critical,attr"`
		Purposes []string        `xml:"AdditionalServiceInformation>URI"`
		Elements []qualification `xml:"Qualifications>QualificationElement"`
		Known    []struct {
			XMLName xml.Name
		} `xml:",any"`
	} `xml:"ServiceInformationExtensions>Extension"`
}

// longest is the longest time from a list to the next (TS 119 612, 5.3.15: six
// months), with some days to spare.
const longest = 200 * 24 * time.Hour

// inTime wants the list made while its signer's certificate counted. A signer that
// has expired since then leaves it in use until its next update.
func (l *List) inTime(by *x509.Certificate) error {
	switch {
	case l.Issued.Before(by.NotBefore) || l.Issued.After(by.NotAfter):
		return fmt.Errorf("made on %s, its signer's certificate counts from %s to %s",
			l.Issued.Format(time.DateOnly), by.NotBefore.Format(time.DateOnly), by.NotAfter.Format(time.DateOnly))
	case l.NextUpdate.Sub(l.Issued) > longest:
		return fmt.Errorf("made on %s, the next one on %s: want six months at most", l.Issued.Format(time.DateOnly),
			l.NextUpdate.Format(time.DateOnly))
	}
	if time.Now().After(by.NotAfter) {
		l.SignerEnded = by.NotAfter
	}
	return nil
}

// Parse reads a list that one of the signers has signed. It does not look at the
// next update; Granted does.
func Parse(body []byte, signers []*x509.Certificate) (*List, error) {
	l, err := parse(body, signers)
	if err != nil {
		return nil, fmt.Errorf("trusted list: %w", err)
	}
	return l, nil
}

// head reads what every list has, those of lists too.
func head(body []byte, signers []*x509.Certificate) (*List, document, error) {
	var d document
	signed, by, err := verified(body, signers)
	if err != nil {
		return nil, d, err
	}
	if err := xml.NewDecoder(bytes.NewReader(signed)).Decode(&d); err != nil {
		return nil, d, fmt.Errorf("it is no list of TS 119 612: %w", err)
	}
	l := &List{Territory: d.Territory, Sequence: d.Sequence, now: time.Now}
	if l.Issued, err = time.Parse(time.RFC3339, d.Issued); err != nil {
		return nil, d, fmt.Errorf("when it was issued: %w", err)
	}
	if l.NextUpdate, err = time.Parse(time.RFC3339, d.Next); err != nil {
		return nil, d, fmt.Errorf("its next update: %w", err)
	}
	return l, d, l.inTime(by)
}

func parse(body []byte, signers []*x509.Certificate) (*List, error) {
	l, d, err := head(body, signers)
	if err != nil {
		return nil, err
	}
	for _, s := range d.Services {
		one, err := s.Now.service()
		if err != nil {
			return nil, err
		}
		for _, before := range s.History {
			h, err := before.service()
			if err != nil {
				return nil, fmt.Errorf("history: %w", err)
			}
			one.history = append(one.history, h)
		}
		slices.SortFunc(one.history, func(a, b service) int { return b.from.Compare(a.from) })
		l.services = append(l.services, one)
	}
	return l, nil
}

// harmless are extensions that say nothing about whether a certificate is qualified.
var harmless = []string{"ExpiredCertsRevocationInfo", "TakenOverBy"}

func (i information) service() (service, error) {
	s := service{kind: strings.TrimSpace(i.Type), status: strings.TrimSpace(i.Status)}
	var err error
	if s.from, err = time.Parse(time.RFC3339, strings.TrimSpace(i.From)); err != nil {
		return s, fmt.Errorf("a status's time: %w", err)
	}
	for _, e := range i.Extensions {
		for _, p := range e.Purposes {
			s.signature = s.signature || strings.TrimSpace(p) == forESignatures
		}
		s.qualified = append(s.qualified, e.Elements...)
		critical := strings.TrimSpace(e.Critical)
		for _, k := range e.Known { // elements without a field in this type
			s.unread = s.unread || (critical == "true" || critical == "1") && !slices.Contains(harmless, k.XMLName.Local)
		}
	}
	if s.kind != typeCAQC {
		return s, nil // its certificates do not matter, and may be of kinds that Go does not know
	}
	if s.ids, err = certificates(i.Certificates); err != nil {
		return s, fmt.Errorf("a service's certificate: %w", err)
	}
	return s, nil
}

// certificates decodes those that crypto/x509 can parse. One that it cannot is never
// the issuer of a chain that it verified, nor the signer of a list.
func certificates(texts []string) (out []*x509.Certificate, err error) {
	for _, text := range texts {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, err
		}
		if cert, err := x509.ParseCertificate(der); err == nil {
			out = append(out, cert)
		}
	}
	return out, nil
}

// Granted tells whether the authority was a granted CA/QC service for electronic
// signatures at that time, and the list excepts the leaf not. ErrOutdated when the
// list is past its next update.
func (l *List) Granted(leaf, authority *x509.Certificate, at time.Time) (bool, error) {
	if l.now().After(l.NextUpdate) {
		return false, ErrOutdated
	}
	for _, s := range l.services {
		if s.names(authority) && s.granted(leaf, at) {
			return true, nil
		}
	}
	return false, nil
}

// names tells whether the service is this authority: by its key and name, since a
// list may hold another certificate of the same authority.
func (s service) names(authority *x509.Certificate) bool {
	return slices.ContainsFunc(s.ids, func(id *x509.Certificate) bool {
		return bytes.Equal(id.RawSubjectPublicKeyInfo, authority.RawSubjectPublicKeyInfo) &&
			bytes.Equal(id.RawSubject, authority.RawSubject)
	})
}

// granted looks at the state that held at the time.
func (s service) granted(leaf *x509.Certificate, at time.Time) bool {
	for _, state := range append([]service{s}, s.history...) {
		if !at.Before(state.from) {
			return state.kind == typeCAQC && state.status == statusGranted && state.signature && !state.unread &&
				!refuses(state.qualified, leaf)
		}
	}
	return false
}
