"""Prints peers and Visavis side by side, as a Markdown table."""
import json
import pathlib
import sys


def load(path):
    return json.loads(path.read_text()) if path.exists() else []


def share(hits):
    return f"{sum(hits) / len(hits):.3f} of {len(hits)}" if hits else "–"


def main(out, ours, upright):
    out = pathlib.Path(out)
    results = load(out / "read.json") + load(out / "mrz-detection.json") + load(out / "corners.json")
    ours, upright = load(pathlib.Path(ours)), load(pathlib.Path(upright))

    def figure(figures, key):
        if key not in figures:
            return "–"
        return f"{figures[key]:.3f} of {figures[key + '_n']:.0f}"

    peers = ["tesseract", "passporteye", "mrz-detection"]
    print("| | tesseract `eng` alone | PassportEye's method | mrz-detection 0.4.1 | Visavis |\n|---|---|---|---|---|")
    for words, chosen, mine in (
            ("whole zone exact, `mrz.tsv` as it is", lambda r: r["set"] == "scans", figure(ours, "mrz.exact_rate")),
            ("the same, 700 px and larger", lambda r: r["set"] == "scans" and r["large"], figure(ours, "mrz.exact_rate_large")),
            ("`frames.tsv` (good, rotated, tilted, far) as it is", lambda r: r["set"] == "frames", figure(ours, "mrz.frames_exact_rate")),
            ("the same, upright and cut out by the labelled corners", lambda r: r["set"] == "upright", figure(upright, "mrz.exact_rate")),
            ("single lines", lambda r: r["set"] == "lines", figure(ours, "mrz.lines_exact_rate"))):
        cells = [share([r["exact"] for r in results if r["peer"] == p and chosen(r)]) for p in peers]
        print(f"| {words} | " + " | ".join(cells) + f" | {mine} |")
    seconds = [sorted(r["seconds"] for r in results if r["peer"] == p and r["set"] in ("scans", "frames")) for p in peers]
    middle = [f"{s[len(s) // 2]:.2f} s" if s else "–" for s in seconds]
    zone = ours.get("time.document.zone_p50_ms") if ours else None
    print(f"| a picture, median | {middle[0]} | {middle[1]} | {middle[2]} | {zone / 1000:.2f} s |" if zone else
          f"| a picture, median | {middle[0]} | {middle[1]} | {middle[2]} | – |")

    found = [r["iou"] for r in results if r["peer"] == "jscanify"]
    print("\n| | jscanify 1.4.3 | Visavis |\n|---|---|---|")
    mean = f"{sum(found) / len(found):.3f} of {len(found)}" if found else "–"
    print(f"| mean IoU of the corners | {mean} | {figure(ours, 'locate.mean_iou')} |")
    print(f"| IoU of 0.9 and more | {share([v >= 0.9 for v in found])} | {figure(ours, 'locate.iou90_rate')} |")
    print("\nPeers are bounded in time: the number behind \"of\" is how many pictures each was given.")


main(*sys.argv[1:])
