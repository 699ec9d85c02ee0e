"""Draws lines of machine readable zones and spoils them, to train the reader on.

Every line is drawn from a seed in the OCR-B of Debian's fonts-ocr-b, a few in the
sans serif that some documents have instead (fonts-dejavu-core). The labelled crops
of a table (file, text) are mixed in where there is one.
"""

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
HEIGHT = 24  # of the network's input in pixels
FONTS = "/usr/share/fonts/opentype/ocr-b/"
FACES = ["OCRB.otf"] * 6 + ["OCRBE.otf", "OCRBL.otf", "OCRBS.otf", "OCRBF.otf"]
SANS = "/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf"
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STATES = "FRA FRA FRA D<< DEU GBR ITA ESP UTO CHE BEL NLD POL PRT MAR DZA TUN SEN CHN USA TUR".split()
CODES = "P< PP PD PM ID I< IR AC C< V< TR RP IO".split()


def _some(rng, letters, low, high):
    return "".join(rng.choice(letters) for _ in range(rng.randint(low, high)))


def _names(rng, width):
    surname = "<".join(_some(rng, LETTERS, 2, 11) for _ in range(rng.choice([1, 1, 1, 2])))
    given = "<".join(_some(rng, LETTERS, 2, 9) for _ in range(rng.choice([1, 1, 2, 3])))
    return (surname + "<<" + given).ljust(width, "<")[:width]


def _number(rng, width):
    return _some(rng, DIGITS + LETTERS if rng.random() < 0.6 else DIGITS, width - rng.choice([0, 0, 1, 2]), width).ljust(width, "<")


def text_line(rng):
    """One line as a document carries it, or letters without sense."""
    d = lambda n: _some(rng, DIGITS, n, n)
    kind = rng.randrange(10)
    dates = d(7) + rng.choice("MF<") + d(7)
    if kind == 0:
        return _names(rng, 30)
    if kind == 1:
        return rng.choice(CODES) + rng.choice(STATES) + _number(rng, 9) + rng.choice(DIGITS + "<") + rng.choice(["<" * 15, _number(rng, 15)])
    if kind == 2:
        return dates + rng.choice(STATES) + rng.choice(["<" * 11, _number(rng, 11)]) + d(1)
    if kind == 3:
        return (rng.choice(CODES) + rng.choice(STATES) + _names(rng, 39))[:44]
    if kind == 4:
        return _number(rng, 9) + d(1) + rng.choice(STATES) + dates + rng.choice(["<" * 14, _number(rng, 14)]) + rng.choice(DIGITS + "<") + d(1)
    if kind == 5:
        return (rng.choice(CODES) + rng.choice(STATES) + _names(rng, 31))[:36]
    if kind == 6:
        return "IDFRA" + _names(rng, 25).replace("<<", "<", 1)[:25].ljust(25, "<") + d(3) + rng.choice([d(3), "<<<"])
    if kind == 7:
        return d(4) + rng.choice([d(3), _some(rng, LETTERS + DIGITS, 3, 3)]) + d(6) + _names(rng, 14) + d(7) + rng.choice("MF") + d(1)
    if kind == 8:  # a visa or a TD2: no digit checks the last field of a visa
        last = rng.choice([7, 8, 16])
        optional = rng.choice(["<" * last, _number(rng, last), _some(rng, DIGITS + LETTERS, 1, last).ljust(last, "<")])
        return _number(rng, 9) + d(1) + rng.choice(STATES) + dates + optional + (d(1) if last == 7 else "")
    return _some(rng, ALPHABET, 30, 44)


def _place(draw, text, x, y, pitch, font, close):
    """Letters at a fixed pitch, or as close as the font has them. Returns the line's width."""
    for i, letter in enumerate(text):
        if close:
            draw.text((x, y), letter, fill=0, font=font, anchor="lm")
            x += font.getlength(letter)
        else:
            draw.text((x + (i + 0.5) * pitch, y), letter, fill=0, font=font, anchor="mm")


def _ink(rng, text, size, font, close):
    """The line alone, black on white, with its neighbours above and below."""
    pitch = font.getlength(text) / len(text) if close else size * rng.uniform(0.97, 1.2)
    margin = int(size * 2)
    width, height = int(pitch * len(text)) + 2 * margin, int(size * 4)
    img = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(img)
    spacing = size * rng.uniform(1.35, 2.6)
    middle = height / 2
    around = rng.random() < 0.75
    for row in (-1, 0, 1):
        if row and not (around and rng.random() < 0.7):
            continue
        line = text if row == 0 else text_line(rng)[: len(text)]
        _place(draw, line, margin, middle + row * spacing, pitch, font, close)
    return np.asarray(img, np.float32) / 255, margin, middle, pitch


def drawn(seed):
    """Returns (picture HEIGHT high, 0..1 float32, text)."""
    rng = random.Random(seed)
    noise = np.random.default_rng(seed)
    text = text_line(rng)
    letter = np.exp(rng.uniform(np.log(6.5), np.log(30)))
    size = int(max(14, min(30, letter * 1.6)))
    # Cap height of OCR-B is about 0.72 of its em.
    close = rng.random() < 0.06
    font = ImageFont.truetype(SANS if close else FONTS + rng.choice(FACES), int(size / 0.72))
    page, margin, middle, pitch = _ink(rng, text, size, font, close)
    page = _printed(rng, noise, page, size)
    # As the camera has it: turned, small, on a ground of its own.
    scale = letter / size
    angle = rng.gauss(0, 0.7)
    page = ndimage.rotate(page, angle, reshape=False, order=1, cval=1) if abs(angle) > 0.15 else page
    page = ndimage.gaussian_filter(page, 0.45 / scale) if scale < 1 else page
    small = np.asarray(Image.fromarray((page * 255).astype(np.uint8)).resize(
        (max(8, int(page.shape[1] * scale)), max(8, int(page.shape[0] * scale))), Image.BILINEAR), np.float32) / 255
    h, w = small.shape
    ground = rng.uniform(0.45, 1.0)
    pale = rng.random() < 0.2
    dark = ground * (rng.uniform(0.6, 0.85) if pale else rng.uniform(0.0, 0.62))
    dirt = 0.4 if pale else 1
    picture = dark + (ground - dark) * small
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    picture = _lit(rng, picture)
    for _ in range(rng.choice([0, 0, 1, 2])):  # security print
        k = rng.uniform(0.6, 3) / letter * 2
        a, b = rng.uniform(-k, k) * 3, rng.uniform(-k, k) * 3
        picture += dirt * rng.uniform(0.01, 0.09) * np.sin(a * x + b * y + 3 * np.sin(x * k * 0.4)) * ground
    if rng.random() < 0.3:
        picture += ndimage.gaussian_filter(noise.normal(0, 1, (h, w)), letter * 0.4) * letter * 0.05 * dirt * ground
    sigma = rng.uniform(0, 1) ** 1.3 * min(2.2, letter * (0.27 if rng.random() < 0.5 else 0.16))
    if rng.random() < 0.75:
        picture = ndimage.gaussian_filter(picture, sigma)
    else:
        picture = ndimage.uniform_filter1d(picture, max(1, int(sigma * 2.5)), axis=rng.choice([0, 1]))
    picture += noise.normal(0, rng.uniform(0, 0.035) * dirt, (h, w))
    picture = np.clip(picture, 0, 1)
    if rng.random() < 0.1:
        picture = _black_and_white(rng, picture, letter)
    if rng.random() < 0.75:
        picture = _jpeg(rng, picture)
    line = _cut(rng, picture, margin * scale, middle * scale, letter, pitch * len(text) * scale)
    return (_receding(rng, line) if rng.random() < 0.25 else line), text


def _printed(rng, noise, page, size):
    """The ink as a printer lays it: thin or bold, bled into the paper, worn away in places."""
    weight = rng.uniform(-1.25, 1.9)
    if abs(weight) > 0.4:
        soft = ndimage.gaussian_filter(page, abs(weight) * size / 25)
        page = np.clip((soft - (0.5 + 0.28 * np.sign(weight))) * 6 + 0.5, 0, 1)
    if rng.random() < 0.15:  # bled: the ink's edge wanders along the fibres
        fibres = ndimage.gaussian_filter(noise.normal(0, 1, page.shape), size * rng.uniform(0.03, 0.09))
        fibres *= rng.uniform(0.04, 0.14) / max(fibres.std(), 1e-6)
        page = np.clip((ndimage.gaussian_filter(page, size * 0.05) - 0.6 + fibres) * 6 + 0.5, 0, 1)
    if rng.random() < 0.2:  # worn: specks and whole stretches are paler
        patches = ndimage.gaussian_filter(noise.normal(0, 1, page.shape), size * rng.choice([0.06, 0.15, 0.8]))
        patches /= max(patches.std(), 1e-6)
        lost = np.clip(patches - rng.uniform(1.0, 2.2), 0, 1) * rng.uniform(0.3, 0.9)
        page = page + (1 - page) * lost
    return page.astype(np.float32)


def _lit(rng, picture):
    """Light that falls off to a side, the edge of a shadow, a shine."""
    h, w = picture.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    if rng.random() < 0.5:
        picture = picture * (1 + rng.uniform(-0.4, 0.4) * (x / w - 0.5) + rng.uniform(-0.3, 0.3) * (y / h - 0.5))
    if rng.random() < 0.12:
        along = (x - rng.uniform(0, w)) + rng.uniform(-2, 2) * (y - h / 2)
        picture = picture * (1 - rng.uniform(0.15, 0.5) / (1 + np.exp(np.clip(-along / rng.uniform(1, 12), -50, 50))))
    if rng.random() < 0.12:
        spot = np.exp(-(((x - rng.uniform(0, w)) / (h * rng.uniform(0.5, 3))) ** 2 + ((y - rng.uniform(0, h)) / h) ** 2))
        shine = rng.uniform(0.1, 0.75) * spot
        picture = picture * (1 - shine) + shine
    return picture


def _black_and_white(rng, picture, letter):
    """What a scanner in black and white, or a recogniser's first step, makes of it."""
    around = ndimage.gaussian_filter(picture, letter * rng.uniform(0.8, 2))
    spread = max(float(picture.std()), 0.02)
    hard = (picture > around - spread * rng.uniform(0.2, 0.6)).astype(np.float32)
    return ndimage.gaussian_filter(hard, rng.uniform(0, 0.7))


def _jpeg(rng, picture):
    buffer = io.BytesIO()
    Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8)).save(buffer, "JPEG", quality=rng.randint(22, 95))
    return np.asarray(Image.open(buffer), np.float32) / 255


def _receding(rng, line):
    """The line seen from the side: towards one end it is smaller and closer."""
    h, w = line.shape
    far = rng.uniform(0.6, 0.95)  # letters at the far end over those at the near one
    wide = max(64, int(w * rng.uniform(0.8, 1)))
    mirrored = rng.random() < 0.5
    padded = np.pad(line[:, ::-1] if mirrored else line, ((h, h), (0, 0)), mode="edge")
    g = (far - 1) / wide
    data = (far * w / wide, 0, 0, 1.5 * h * g, 1, 1.5 * h - h / 2, g, 0)
    img = Image.fromarray((np.clip(padded, 0, 1) * 255).astype(np.uint8))
    out = np.asarray(img.transform((wide, h), Image.PERSPECTIVE, data, Image.BICUBIC), np.float32) / 255
    return out[:, ::-1] if mirrored else out


def _cut(rng, picture, left, middle, letter, width):
    """The line as a reader would cut it out: not quite in the middle, nor to size."""
    high = letter * HEIGHT / rng.uniform(11.5, 17)
    top = middle - high / 2 + rng.gauss(0, 0.07) * letter
    x0 = left - letter * rng.uniform(0.2, 1.7)
    x1 = left + width + letter * rng.uniform(0.2, 1.7)
    ratio = HEIGHT / high * rng.uniform(0.92, 1.08)
    box = (x0, top, x1, top + high)
    img = Image.fromarray((picture * 255).astype(np.uint8))
    out = img.transform((max(64, int((x1 - x0) * ratio)), HEIGHT), Image.EXTENT, box, Image.BILINEAR)
    arr = np.asarray(out, np.float32) / 255
    empty = np.asarray(Image.new("L", img.size, 255).transform(out.size, Image.EXTENT, box, Image.NEAREST)) == 0
    arr[empty] = np.median(arr[~empty]) if (~empty).any() else 1
    return arr


def labelled(rng, path):
    """A labelled crop, spoilt: these are narrow, mostly clean, and many black and white."""
    img = Image.open(path).convert("L")
    w, h = img.size
    down = rng.choice([1, 1, rng.uniform(0.2, 1)])
    if down < 1:
        img = img.resize((max(60, int(w * down)), max(9, int(h * down))), rng.choice([Image.BILINEAR, Image.BICUBIC, Image.BOX]))
    arr = np.asarray(img, np.float32) / 255
    noise = np.random.default_rng(rng.getrandbits(60))
    if rng.random() < 0.4:
        arr = ndimage.gaussian_filter(arr, rng.uniform(0, 0.9) * arr.shape[0] / 24)
    if rng.random() < 0.3:  # thinner or bolder
        soft = ndimage.gaussian_filter(arr, arr.shape[0] * rng.uniform(0.01, 0.04))
        arr = np.clip((soft - rng.uniform(0.35, 0.7)) * 4 + 0.5, 0, 1)
    if rng.random() < 0.3:
        arr = _lit(rng, arr * rng.uniform(0.6, 0.95)) + noise.normal(0, rng.uniform(0, 0.04), arr.shape)
    if rng.random() < 0.3:
        arr = _jpeg(rng, arr)
    inner = rng.uniform(17, 24)
    ratio = inner / arr.shape[0] * rng.uniform(0.85, 1.12)
    img = Image.fromarray((np.clip(arr, 0, 1) * 255).astype(np.uint8)).resize((max(64, int(arr.shape[1] * ratio)), int(inner)), Image.BILINEAR)
    arr = np.asarray(img, np.float32) / 255
    top = rng.randint(0, HEIGHT - arr.shape[0])
    side = rng.randint(2, 18)
    arr = np.pad(arr, ((top, HEIGHT - arr.shape[0] - top), (side, rng.randint(2, 18))), mode="edge")
    return _receding(rng, arr) if rng.random() < 0.3 else arr


def plain(path):
    """A labelled crop as a reader cuts it."""
    img = Image.open(path).convert("L")
    inner = 20
    img = img.resize((max(64, round(img.size[0] * inner / img.size[1])), inner), Image.BILINEAR)
    return np.pad(np.asarray(img, np.float32) / 255, ((2, 2), (12, 12)), mode="edge")


def normalised(picture):
    """What the network sees: the middle grey is 0, the spread about 1."""
    low, high = np.percentile(picture, [2, 90])
    return np.clip((picture - high) / max(high - low, 0.04) + 0.5, -1.5, 1.5).astype(np.float32)
