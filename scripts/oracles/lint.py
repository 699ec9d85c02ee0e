"""Lints certificates with pkilint: DER files as arguments, one JSON line each with the findings that are errors or fatal."""

import json
import sys

from pkilint import etsi, finding_filter, loader
from pkilint.pkix import certificate
from pkilint.validation import ValidationFindingSeverity


def findings(path):
    try:
        with open(path, "rb") as file:
            cert = loader.RFC5280CertificateDocumentLoader().load_document(file.read(), path)
    except Exception as problem:  # what cannot be loaded is refused, whatever the reason
        return [f"load: {type(problem).__name__}"]
    kind = etsi.determine_certificate_type(cert)
    validator = certificate.create_pkix_certificate_validator_container(
        etsi.create_decoding_validators(kind), etsi.create_validators(kind)
    )
    results, _ = finding_filter.filter_results(etsi.create_etsi_finding_filters(kind), validator.validate(cert.root))
    return sorted(
        {
            described.finding.code
            for result in results
            for described in result.finding_descriptions
            if described.finding.severity <= ValidationFindingSeverity.ERROR  # 0 is fatal
        }
    )


for name in sys.argv[1:]:
    print(json.dumps({"file": name, "findings": findings(name)}))
