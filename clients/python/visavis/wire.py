"""The wire ``visavis.v1``: binary frames and close codes. Pure; mirrors protocol/ in Go."""

from __future__ import annotations

import dataclasses
import struct

SUBPROTOCOL = "visavis.v1"
STEPS = ("document-front", "document-back", "selfie")
PREVIEW, STILL = 1, 2
HEADER = struct.Struct(">BBBBIQHH")  # version, kind, step, flags, seq, time, part, parts
NONCE_SIZE, SIGNATURE_SIZE = 16, 64
MANUAL, NONCE, SIGNED = 1, 2, 4  # flags
LAST_TIME = 253_402_300_799_999  # of the year 9999, in milliseconds

# Close codes that a client comes back after, beside 4000 to 4499. 0: it broke without one.
RETRY = frozenset({0, 1001, 1005, 1006, 1011, 1012, 1013})
# Errors over HTTP after which nothing follows, and the close code that says the same.
FINAL = {"invalid-token": 4500, "no-session": 4509, "no-enrolment": 4510}


def final(code: int) -> bool:
    """Whether nothing follows this close code."""
    return code not in RETRY and not 4000 <= code < 4500


class FrameError(ValueError):
    """Bytes that are no frame; code is bad-header, wrong-version or empty."""

    def __init__(self, code: str, measured: str):
        super().__init__(f"binary frame: {code}: have {measured}")
        self.code = code


@dataclasses.dataclass
class Frame:
    """A preview, or one part of a still. captured_at in milliseconds since 1970."""

    kind: int
    step: str
    seq: int
    captured_at: int
    data: bytes
    part: int = 0
    parts: int = 1
    manual: bool = False
    nonce: str = ""
    signature: bytes = b""  # of the claim's signing key


def pack_frame(f: Frame) -> bytes:
    """Writes header, nonce, signature and data."""
    if f.step not in STEPS:
        raise FrameError("bad-header", f"step {f.step}")
    if not 0 <= f.part < f.parts <= 0xFFFF:
        raise FrameError("bad-header", f"part {f.part} of {f.parts}")
    nonce = bytes.fromhex(f.nonce)
    if nonce and (len(nonce) != NONCE_SIZE or f.kind != PREVIEW):
        raise FrameError("bad-header", f"nonce {f.nonce}")
    if len(f.signature) not in (0, SIGNATURE_SIZE):
        raise FrameError("bad-header", f"{len(f.signature)} bytes of signature")
    flags = (MANUAL if f.manual else 0) | (NONCE if nonce else 0) | (SIGNED if f.signature else 0)
    head = HEADER.pack(1, f.kind, STEPS.index(f.step) + 1, flags, f.seq, f.captured_at, f.part, f.parts)
    return head + nonce + f.signature + f.data


def unpack_frame(b: bytes) -> Frame:
    """Reads a binary message."""
    if len(b) < HEADER.size:
        raise FrameError("bad-header", f"{len(b)} bytes")
    version, kind, step, flags, seq, at, part, parts = HEADER.unpack_from(b)
    if version != 1:
        raise FrameError("wrong-version", f"version {version}")
    if kind not in (PREVIEW, STILL) or not 1 <= step <= len(STEPS) or at > LAST_TIME:
        raise FrameError("bad-header", f"kind {kind}, step {step}, time {at}")
    if flags & ~(MANUAL | NONCE | SIGNED) or (flags & NONCE and kind != PREVIEW):
        raise FrameError("bad-header", f"flags {flags}")
    if not part < parts or (kind == PREVIEW and parts != 1):
        raise FrameError("bad-header", f"part {part} of {parts}")
    data, nonce, signature = b[HEADER.size :], "", b""
    if flags & NONCE:
        if len(data) < NONCE_SIZE:
            raise FrameError("bad-header", f"{len(data)} bytes of nonce")
        nonce, data = data[:NONCE_SIZE].hex(), data[NONCE_SIZE:]
    if flags & SIGNED:
        if len(data) < SIGNATURE_SIZE:
            raise FrameError("bad-header", f"{len(data)} bytes of signature")
        signature, data = data[:SIGNATURE_SIZE], data[SIGNATURE_SIZE:]
    if not data:
        raise FrameError("empty", "0 bytes of image")
    return Frame(kind, STEPS[step - 1], seq, at, data, part, parts, bool(flags & MANUAL), nonce, signature)
