"""The vectors of the wire: protocol/testdata/frames. python -m unittest"""

import base64
import json
import pathlib
import unittest

from visavis import FrameError, final, pack_frame, unpack_frame

VECTORS = pathlib.Path(__file__).parent.parent.parent / "protocol" / "testdata" / "frames"


class Frames(unittest.TestCase):
    def test_vectors(self):
        names = sorted(VECTORS.glob("*.json"))
        self.assertGreater(len(names), 10)
        for name in names:
            want, packed = json.loads(name.read_text()), name.with_suffix(".bin").read_bytes()
            with self.subTest(name.stem):
                if "error" in want:
                    with self.assertRaises(FrameError) as refused:
                        unpack_frame(packed)
                    self.assertEqual(refused.exception.code, want["error"])
                    continue
                frame = unpack_frame(packed)
                self.assertEqual((frame.step, frame.seq, frame.captured_at, frame.part), (want["step"], want["seq"], want["capturedAt"], want["part"]))
                self.assertEqual((frame.nonce, frame.manual), (want.get("nonce", ""), want.get("manual", False)))
                self.assertEqual(frame.signature, base64.b64decode(want.get("signature", "")))
                self.assertEqual(frame.data, base64.b64decode(want["data"]))
                self.assertEqual(pack_frame(frame), packed)

    def test_close_codes(self):
        self.assertEqual([final(c) for c in (0, 1000, 1001, 1009, 4003, 4499, 4500, 4510)], [False, True, False, True, False, False, True, True])


if __name__ == "__main__":
    unittest.main()
