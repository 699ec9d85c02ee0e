{
	"rawSubject": {{ toJson .Insecure.User.subject }},
	"serialNumber": {{ toJson .Insecure.User.serial }},
	"keyUsage": ["contentCommitment"],
	"basicConstraints": {"isCA": false, "maxPathLen": 0},
	"policyIdentifiers": {{ toJson .policies }},
	"issuingCertificateURL": {{ toJson .issuer }},
	"crlDistributionPoints": {{ toJson .crl }}
}
