// Package proof makes and checks the file that shows how a certificate came about:
// who asked, what they were shown and answered, who decided, what was issued. It is
// a container of plain files (ASiC-E, ETSI EN 319 162-1), a zip that any program opens,
// without any picture, so that it can be kept long after the pictures are deleted.
//
// # The file
//
//	mimetype                 first and not compressed: application/vnd.etsi.asic-e+zip
//	META-INF/manifest.xml    the media type of every file
//	META-INF/signatures.xml  the seal: a XAdES signature over every file below
//	manifest.json            every other file with its size and SHA-256
//	manifest.sig             the server's signature over manifest.json, base64
//	signer.pem               the public key that checks it
//	index.html               a page for readers
//	LISEZMOI.txt             what this is and how to check it, French and English
//	certificate/             certificate.pem, chain.pem, certificate.json (as it stood)
//	records/…                the enrolment's records: consents, transitions, reports (JSON)
//	texts/…                  the texts that were agreed to
//	status/…                 lists and OCSP answers of the chain, at issuing
//	log/…                    where the enrolment's chain stands in the log, with the proof
//
// [Verify] needs the file and the public key of the server, nothing else: the key
// in the file proves nothing by itself. It finds a changed byte of a file, one that is
// missing or was added, and a certificate that is not the one of the manifest. The seal
// is for those who trust a root rather than that key. A file of version 1 has none.
package proof
