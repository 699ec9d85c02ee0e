package proof

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"visavis/certificate"
)

const readmeText = `DOSSIER DE PREUVE (%[1]s)
%[2]s
Ce fichier montre comment le certificat ci-joint a été demandé et délivré : ce
qui a été lu et accepté (texts/, records/), les décisions et leur date (records/),
le certificat (certificate/). Il ne contient aucune photo.

Pour le vérifier, sans réseau, avec la clé publique du serveur obtenue par
ailleurs (visavis evidence public-key) :

    visavis evidence verify --public-key cle.pem FICHIER.zip

À la main : manifest.json donne l'empreinte SHA-256 de chaque fichier ;
manifest.sig est la signature Ed25519 de « visavis proof v1 », d'un saut de ligne
et de manifest.json, en base64. signer.pem est la clé telle que le serveur la
déclare : comparez-la avec celle que vous connaissez.


PROOF FILE (%[1]s)
%[3]s
This file shows how the certificate in it was requested and issued: what was
read and accepted (texts/, records/), the decisions and when they were made
(records/), the certificate (certificate/). It holds no picture.

To check it, offline, with the server's public key from elsewhere
(visavis evidence public-key):

    visavis evidence verify --public-key key.pem FILE.zip

By hand: manifest.json has the SHA-256 of every file; manifest.sig is the
Ed25519 signature of "visavis proof v1", a line feed and manifest.json, in base64.
signer.pem is the key as the server states it: compare it with the one you know.
`

// readme explains the file to who finds it in some years.
func readme(c certificate.Certificate) []byte {
	badge := func(language string) string {
		if b := c.Level.Badge(language); b != "" {
			return "\n*** " + b + " ***\n"
		}
		return ""
	}
	text := fmt.Sprintf(readmeText, c.Request.Reference, badge("fr"), badge("en"))
	return []byte(strings.NewReplacer(" :\n", "\u202f:\n", " : ", "\u202f: ", " ;", "\u202f;", "« ", "«\u202f", " »", "\u202f»").Replace(text))
}

func marshalPublic(k ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
