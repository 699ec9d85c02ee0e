"""A site that has its members verified: Python 3.9 or newer, nothing to install.

    VISAVIS_URL=https://localhost:8443 VISAVIS_KEY=vv_test_… python3 host.py

With the local root of a demonstration also SSL_CERT_FILE=root.pem.
"""

import base64
import hashlib
import hmac
import html
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URL = os.environ.get("VISAVIS_URL", "https://localhost:8443")
KEY = os.environ.get("VISAVIS_KEY", "")
PORT = int(os.environ.get("PORT", "3000"))
PURPOSE = os.environ.get("PURPOSE", "identity")
HOME = f"http://localhost:{PORT}"

# What this site knows of its members: a database in a real one.
member = {"name": "Membre 7", "verification": "", "status": "unverified"}
endpoint = {"secret": ""}  # a real site keeps it with its other secrets


def visavis(method, path, body=None, **headers):
    """Calls the API; raises what went wrong, with its code."""
    request = urllib.request.Request(URL + path, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", f"Bearer {KEY}")
    request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise RuntimeError(f"{method} {path}: {problem['code']}: {problem['detail']}") from error


def genuine(headers, body):
    """Standard Webhooks: the bytes as they came, the id, the time, and the secret."""
    ident, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
    if not at.isdigit() or abs(time.time() - int(at)) > 300:
        return False
    key = base64.b64decode(endpoint["secret"].removeprefix("whsec_"))
    want = hmac.new(key, f"{ident}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(want).decode()
    return any(hmac.compare_digest(one, expected) for one in headers.get("webhook-signature", "").split())


def refresh(ident):
    """The truth is read with the key; an event or a browser is a reason to read it."""
    if ident != member["verification"]:
        return
    v = visavis("GET", f"/v1/verifications/{ident}")
    member["status"] = v["status"] + (f" ({v['reason']})" if "reason" in v else "")
    if v["status"] == "verified":
        data = visavis("GET", f"/v1/verifications/{ident}/data")  # wants the scope "personal"
        member["name"] = f"{data['given_names']} {data['surname']}"


class Host(BaseHTTPRequestHandler):
    """The pages of the site, and its endpoint."""

    def answer(self, status, body="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        where = urllib.parse.urlsplit(self.path)
        if where.path == "/back":
            refresh(urllib.parse.parse_qs(where.query).get("verification", [""])[0])
            return self.answer(303, Location="/")
        if where.path != "/":
            return self.answer(404)
        page = (
            '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Exemple</title><h1>Mon compte</h1>'
            f'<p id="name">{html.escape(member["name"])}</p><p id="status">{html.escape(member["status"])}</p>'
            '<form method="post" action="/verify"><button>Vérifier mon identité</button></form></html>'
        )
        return self.answer(200, page, Content_Type="text/html; charset=utf-8")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/verify":  # the member is logged in here, and sends this form
            v = visavis("POST", "/v1/verifications", {
                "purpose": PURPOSE, "reference": "member-7", "return_url": f"{HOME}/back", "language": "fr",
                "declared": {"surname": "Specimen", "given_names": "Maéva Claire", "birth_date": "1990-07-13",
                             "mobile": "+33639980012", "email": "maeva.specimen@example.org"},
            }, Idempotency_Key=f"member-7-{time.time_ns()}")
            member["verification"] = v["id"]
            return self.answer(303, Location=v["url"])
        if self.path != "/hook":
            return self.answer(404)
        if not genuine(self.headers, body):
            return self.answer(401)
        refresh(json.loads(body)["data"].get("verification", ""))
        return self.answer(204)

    def log_message(self, *_):
        """The log is for what goes wrong."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Host)
    made = visavis("POST", "/v1/endpoints", {"url": f"http://127.0.0.1:{PORT}/hook", "label": "example in Python"})
    endpoint["secret"] = made["secret"]
    print(f"open {HOME}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
