"""Tesseract alone, and PassportEye's method: find the zone by its texture, then read
the cut-out with tesseract. The steps are those its authors describe, written anew on
OpenCV and scikit-image."""
import json
import pathlib
import re
import subprocess
import sys
import time

import cv2
import numpy
from skimage import filters, measure, morphology

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"


def tesseract(image, page):
    """The text that tesseract reads with its English model, as users run it."""
    _, png = cv2.imencode(".png", image)
    run = subprocess.run(
        ["tesseract", "stdin", "stdout", "--psm", str(page), "-l", "eng", "-c", f"tessedit_char_whitelist={LETTERS}",
         "-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"],
        input=png.tobytes(), capture_output=True, check=False, timeout=60)
    return run.stdout.decode("utf-8", "replace")


def zone(text, want):
    """The lines of a text that look like a zone: long, of its letters, with fillers."""
    lines = [re.sub(r"\s", "", line.upper()) for line in text.splitlines()]
    lines = [line for line in lines if len(line) > 20 and re.fullmatch(f"[{LETTERS}]+", line)]
    return lines[-want:]


def regions(image):
    """Boxes that may be a zone, the largest first, in pixels of the image."""
    scale = 250 / image.shape[1]
    small = cv2.cvtColor(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    hat = morphology.black_tophat(small, morphology.rectangle(5, 15))
    edge = numpy.abs(filters.sobel_v(hat))
    closed = morphology.closing(edge / max(edge.max(), 1e-9), morphology.rectangle(1, 20))
    if closed.max() <= closed.min():
        return []
    found = []
    for height in (12, 7, 4):  # print above a zone runs into it where lines are joined too far
        mask = morphology.closing(closed > filters.threshold_otsu(closed), morphology.rectangle(height, 12))
        for r in measure.regionprops(measure.label(mask)):
            top, left, bottom, right = r.bbox
            if right - left > 4 * (bottom - top) and right - left > 0.4 * small.shape[1]:
                found.append((r.area, top, left, bottom, right))
    pad = 4
    return [[int(max(0, v) / scale) for v in (t - pad, l - pad, b + pad, r + pad)] for _, t, l, b, r in sorted(found, reverse=True)]


def passporteye(image, want):
    for turned in (image, cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE)):
        for top, left, bottom, right in regions(turned)[:4]:
            cut = turned[top:bottom, left:right]
            if cut.size == 0:
                continue
            if cut.shape[1] < 1050:
                cut = cv2.resize(cut, None, fx=1050 / cut.shape[1], fy=1050 / cut.shape[1], interpolation=cv2.INTER_CUBIC)
            lines = zone(tesseract(cut, 6), want)
            if len(lines) == want:
                return lines
    return []


def main(out, seconds):
    out, end = pathlib.Path(out), time.monotonic() + float(seconds)
    tasks = [t for t in json.loads((out / "tasks.json").read_text()) if "zone" in t]
    results = []
    # A set's pictures come in turn with the others', so that an early end leaves some of each.
    order = sorted(range(len(tasks)), key=lambda i: (sum(t["set"] == tasks[i]["set"] for t in tasks[:i]), i))
    for i in order:
        if time.monotonic() > end:
            break
        task = tasks[i]
        image, want = cv2.imread(task["file"]), task["zone"]
        line = task["set"] == "lines"
        began = time.monotonic()
        text = tesseract(image, 7 if line else 6 if task["set"] == "upright" else 3)
        got = [re.sub(r"\s", "", text)] if line else zone(text, len(want))
        results.append({"peer": "tesseract", "task": i, "exact": got == want, "seconds": time.monotonic() - began})
        if line:
            continue
        began = time.monotonic()
        got = passporteye(image, len(want))
        results.append({"peer": "passporteye", "task": i, "exact": got == want, "seconds": time.monotonic() - began})
    for r in results:
        r["set"], r["large"] = tasks[r["task"]]["set"], tasks[r["task"]].get("large", False)
    (out / "read.json").write_text(json.dumps(results), encoding="utf-8")


main(*sys.argv[1:])
