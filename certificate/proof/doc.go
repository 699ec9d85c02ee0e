// Package proof makes and checks the file that shows how a certificate came about:
// who asked, what they were shown and answered, who decided, what was issued. It is
// a zip of plain files that any program opens, without any picture, so that it can
// be kept long after the pictures are deleted.
//
// # The file
//
//	manifest.json   every other file with its size and SHA-256
//	manifest.sig    the signature over manifest.json, base64
//	signer.pem      the public key that checks it
//	LISEZMOI.txt    what this is and how to check it, French and English
//	certificate/    certificate.pem, chain.pem, certificate.json (as it stood)
//	records/…       the enrolment's records: consents, transitions, reports (JSON)
//	texts/…         the texts that were agreed to
//
// [Verify] needs the file and the public key of the server, nothing else: the key
// in the file proves nothing by itself. It finds a changed byte of a file, one that is
// missing or was added, and a certificate that is not the one of the manifest.
package proof
