"""Writes what the peers get, as PNG files with one list: whole pictures as they are,
and, where the document's corners are labelled, the upright zone cut out of it."""
import csv
import json
import pathlib
import sys

import cv2
import numpy

SIZES = {"TD1": (856, 540, 0.45), "TD3": (1250, 880, 0.32), "MRVA": (1250, 880, 0.32),
         "TD2": (1050, 740, 0.34), "MRVB": (1050, 740, 0.34)}
FRAMES = ("good", "rotated", "tilted", "far")


def rows(path):
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def corners(row):
    cell = row.get("corners_tl_tr_br_bl") or ""
    return [[float(v) for v in p.split(",")] for p in cell.split()]


def upright(image, quad, form):
    """The document's lower part; its corners are labelled in its own order."""
    width, height, part = SIZES[form]
    to = numpy.float32([[0, 0], [width, 0], [width, height], [0, height]])
    flat = cv2.warpPerspective(image, cv2.getPerspectiveTransform(numpy.float32(quad), to), (width, height),
                               flags=cv2.INTER_CUBIC)
    return flat[int(height * (1 - part)):]


def main(data, out):
    data, out = pathlib.Path(data), pathlib.Path(out)
    (out / "upright").mkdir(parents=True, exist_ok=True)
    tasks = []

    def save(name, image):
        cv2.imwrite(str(out / name), image)
        return str(out / name)

    for i, row in enumerate(rows(data / "mrz.tsv")):
        if not row["mrz"] or row["mrz_type"] in ("none", "unlabelled"):
            continue
        image = cv2.imread(str(data / row["file"]))
        if image is None:
            continue
        large = max(image.shape[:2]) >= 700
        tasks.append({"set": "scans", "file": save(f"scan{i}.png", image), "zone": row["mrz"].split("|"), "large": large})

    table = ["file\twidth\theight\tmrz_type\tmrz\tcheck_digits_valid\thow_known\tnote"]
    for i, row in enumerate(rows(data / "frames.tsv")):
        quad = corners(row)
        image = cv2.imread(str(data / row["file"]))
        if image is None or not quad:
            continue
        if row["condition"] != "cut-off":
            tasks.append({"set": "corners", "file": save(f"frame{i}.png", image), "corners": quad})
        if row["condition"] not in FRAMES or row["mrz_type"] not in SIZES or not row["mrz"]:
            continue
        zone = row["mrz"].split("|")
        tasks.append({"set": "frames", "file": save(f"frame{i}.png", image), "zone": zone})
        side = lambda a, b: sum((quad[a][k] - quad[b][k]) ** 2 for k in (0, 1)) ** 0.5
        if row["mrz_type"] == "TD1" and not 1.35 < (side(0, 1) + side(2, 3)) / (side(1, 2) + side(3, 0)) < 1.83:
            continue  # both sides in one picture: the zone is not at its foot
        cut = upright(image, quad, row["mrz_type"])
        tasks.append({"set": "upright", "file": save(f"upright/zone{i}.png", cut), "zone": zone})
        table.append(f"zone{i}.png\t{cut.shape[1]}\t{cut.shape[0]}\t{row['mrz_type']}\t{row['mrz']}\t\tlabelled\t")
    for row in rows(data / "documents.tsv"):
        image, quad = cv2.imread(str(data / row["file"])), corners(row)
        if image is not None and quad:
            name = "photo" + str(len(tasks)) + ".png"
            tasks.append({"set": "corners", "file": save(name, image), "corners": quad})
    for i, row in enumerate(rows(data / "lines.tsv")[:150]):
        image = cv2.imread(str(data / row["file"]))
        if image is not None:
            tasks.append({"set": "lines", "file": save(f"line{i}.png", image), "zone": [row["text"]]})
    (out / "upright" / "mrz.tsv").write_text("\n".join(table) + "\n", encoding="utf-8")
    (out / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    print(f"{len(tasks)} pictures prepared", file=sys.stderr)


main(*sys.argv[1:])
