package stepca

import "visavis/certificate"

// DigestOf is the digest of a good request.
func DigestOf(r certificate.Request) string {
	public, err := r.PublicKey()
	if err != nil {
		panic(err)
	}
	digest, err := digestOf(r, public)
	if err != nil {
		panic(err)
	}
	return digest
}
