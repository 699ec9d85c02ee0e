package csc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"visavis/protocol"
)

// params are the parameters of a method. Unknown ones are left alone, and null is absent (CSC API 2.0, 7.1).
type params map[string]json.RawMessage

// bodyWithin is until a body is there.
const bodyWithin = 10 * time.Second

// readBody returns the body of a request.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyWithin)) // a server that cannot keeps its own
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &Error{Code: invalidRequest, status: http.StatusRequestEntityTooLarge,
			Description: "the body is larger than 64 KiB"}
	}
	if err != nil {
		return nil, bad("the body did not arrive")
	}
	return body, nil
}

// read reads the parameters of a request. No body is no parameters.
func read(w http.ResponseWriter, r *http.Request) (params, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return params{}, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, bad("the body has to be application/json")
	}
	if !protocol.WholeText(body) { // the decoder would keep another text in silence
		return nil, bad("the body is not UTF-8")
	}
	var p params
	if err := json.Unmarshal(body, &p); err != nil || p == nil {
		return nil, bad("the body is no JSON object")
	}
	return p, nil
}

// has tells whether a parameter is given.
func (p params) has(name string) bool { return len(p[name]) > 0 && string(p[name]) != "null" }

// parameter reads a parameter of a type; kind is its name in sentences. Absent is zero.
func parameter[T any](p params, name, kind string) (v T, err error) {
	if !p.has(name) {
		return v, nil
	}
	if err := json.Unmarshal(p[name], &v); err != nil {
		return v, bad("Missing (or invalid type) %s parameter %s", kind, name)
	}
	return v, nil
}

// needed is parameter for one that has to be given.
func needed[T any](p params, name, kind string) (v T, err error) {
	if !p.has(name) {
		return v, bad("Missing (or invalid type) %s parameter %s", kind, name)
	}
	return parameter[T](p, name, kind)
}

// digest reads a parameter of one SHA-256, in the list that the standard has.
func (p params) digest() (sum [32]byte, err error) {
	list, err := needed[[]string](p, "hashes", "array")
	switch {
	case err != nil:
		return sum, err
	case len(list) == 0:
		return sum, bad("Empty hash array")
	case len(list) > multisign:
		return sum, bad("Too many hashes: %d, want %d. "+oneByOne, len(list), multisign)
	}
	raw, err := base64.StdEncoding.DecodeString(list[0])
	if err != nil {
		return sum, bad("Invalid Base64 hash string parameter")
	}
	if len(raw) != len(sum) {
		return sum, bad("Invalid digest value length: %d octets, want %d", len(raw), len(sum))
	}
	return [32]byte(raw), nil
}

// hashed reads the algorithm of the hashes: SHA-256.
func (p params) hashed(must bool) error {
	if !must && !p.has("hashAlgorithmOID") {
		return nil
	}
	oid, err := needed[string](p, "hashAlgorithmOID", "string")
	if err == nil && oid != oidSHA256 {
		return bad("Invalid parameter hashAlgorithmOID: want %s (SHA-256)", oidSHA256)
	}
	return err
}
