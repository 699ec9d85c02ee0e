"""Has pyHanko validate signed PDF files without a network, by their document security stores alone.

pades.py ROOT.cer FILE...: one line for each file: its name, a verdict, what the last signature covers, what was
changed since, separated by tabs.
"""
import logging
import sys

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore


def judge(path, root):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        found = reader.embedded_signatures
        if not found:
            return "SIGNATURES_0", "", ""
        store = DocumentSecurityStore.read_dss(reader)
        context = store.as_validation_context(
            {"trust_roots": [root], "allow_fetching": False, "revocation_mode": "hard-fail"}
        )
        for one in found:
            status = validate_pdf_signature(one, context)
            stamp = status.timestamp_validity
            if not status.bottom_line or not stamp or not stamp.trusted:
                return "FAILED", status.coverage.name, status.summary()
        return "PASSED", status.coverage.name, status.modification_level.name


logging.disable(logging.CRITICAL)  # an altered file is explained there at length
with open(sys.argv[1], "rb") as file:
    trusted = x509.Certificate.load(file.read())
for name in sys.argv[2:]:
    try:
        verdict = judge(name, trusted)
    except Exception as e:  # whatever it cannot read it does not accept
        verdict = "REFUSED", type(e).__name__, " ".join(str(e).split())
    print(name, *verdict, sep="\t")
