package testca

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// The messages of RFC 6960, 4. They are written here because the library
// golang.org/x/crypto/ocsp, by which the tests check them, knows neither the nonce
// nor more than one certificate a request.

const (
	// maxSingles is how many certificates one request may ask about.
	maxSingles = 16
	// maxNonce is the longest nonce (RFC 9654), in octets.
	maxNonce = 128
)

var (
	oidOCSPBasic = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidOCSPNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidArchive   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}
	oidECDSA256  = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// The statuses of a response.
const (
	ocspSuccess   asn1.Enumerated = 0
	ocspMalformed asn1.Enumerated = 1
	ocspInternal  asn1.Enumerated = 2
	ocspTryLater  asn1.Enumerated = 3
)

type certID struct {
	Hash     pkix.AlgorithmIdentifier
	NameHash []byte
	KeyHash  []byte
	Serial   *big.Int
}

type ocspRequest struct {
	TBS       tbsRequest
	Signature asn1.RawValue `asn1:"explicit,tag:0,optional"` // nobody has to sign requests
}

type tbsRequest struct {
	Version    int           `asn1:"explicit,tag:0,default:0,optional"`
	Requestor  asn1.RawValue `asn1:"explicit,tag:1,optional"`
	List       []singleRequest
	Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
}

type singleRequest struct {
	ID         certID
	Extensions []pkix.Extension `asn1:"explicit,tag:0,optional"`
}

type ocspResponse struct {
	Status asn1.Enumerated
	Bytes  ocspBytes `asn1:"explicit,tag:0,optional"`
}

type ocspBytes struct {
	Type     asn1.ObjectIdentifier
	Response []byte
}

type ocspBasic struct {
	Data      asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
	Certs     []asn1.RawValue `asn1:"explicit,tag:0,optional,omitempty"`
}

type ocspData struct {
	Responder  asn1.RawValue
	Produced   time.Time `asn1:"generalized"`
	Singles    []ocspSingle
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional,omitempty"`
}

type ocspSingle struct {
	ID         certID
	Status     asn1.RawValue
	This       time.Time        `asn1:"generalized"`
	Next       time.Time        `asn1:"generalized,explicit,tag:0"`
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional,omitempty"`
}

type revokedInfo struct {
	At     time.Time       `asn1:"generalized"`
	Reason asn1.Enumerated `asn1:"explicit,tag:0"`
}

// question is what a request asks.
type question struct {
	ids   []certID
	nonce *pkix.Extension // as it came
}

func parseOCSP(der []byte) (question, error) {
	var r ocspRequest
	rest, err := asn1.Unmarshal(der, &r)
	if err != nil || len(rest) > 0 || len(r.TBS.List) == 0 || len(r.TBS.List) > maxSingles {
		return question{}, errMalformed
	}
	var q question
	for _, s := range r.TBS.List {
		q.ids = append(q.ids, s.ID)
	}
	for _, e := range r.TBS.Extensions {
		switch {
		case e.Id.Equal(oidOCSPNonce):
			if q.nonce != nil || !goodNonce(e.Value) {
				return question{}, errMalformed
			}
			q.nonce = &e
		case e.Critical:
			return question{}, errMalformed
		}
	}
	return q, nil
}

// goodNonce tells whether a nonce is an octet string of 1 to 128 octets (RFC 9654
// 2.1): one of none or of more is a malformed request.
func goodNonce(der []byte) bool {
	var nonce []byte
	rest, err := asn1.Unmarshal(der, &nonce)
	return err == nil && len(rest) == 0 && len(nonce) >= 1 && len(nonce) <= maxNonce
}

// ocspFailure is an answer without an answer.
func ocspFailure(status asn1.Enumerated) []byte {
	return []byte{0x30, 3, 0x0a, 1, byte(status)}
}
