"""Trains the reader of machine readable lines and writes it as ONNX.

    python3 scripts/train/mrz.py --lines DIR --minutes M --out capture/opencv/zone/models/mrz.onnx [--init FILE]
    python3 scripts/train/mrz.py --init A.pt --blend B.pt --share S --out capture/opencv/zone/models/mrz.onnx

Needs Debian's python3-torch, python3-onnx, python3-pil, python3-scipy, fonts-ocr-b and
fonts-dejavu-core. DIR holds train_lines.tsv (file, text) and its pictures; without it
only drawn lines are used. One labelled line in 24 is kept out to watch the training by.
FILE are weights to start from: an .onnx that this program wrote, or one of its
checkpoints (.pt). A checkpoint and the weights are written every few minutes. The second
form trains nothing: it writes the mean of two checkpoints of one training, S of it B's.
"""

import argparse
import copy
import csv
import math
import os
import random
import time
import zlib

import numpy as np
import torch
from torch import nn

from mrz_lines import ALPHABET, HEIGHT, drawn, labelled, normalised, plain

LABELLED = 0.45  # share of the labelled lines among all
HARD = 0.35  # share of those among the labelled that the first weights misread
AVERAGE = 0.998  # of the weights that are written: a moving mean


def block(a, b, kernel=3, pad=1):
    return [nn.Conv2d(a, b, kernel, padding=pad, bias=False), nn.BatchNorm2d(b), nn.ReLU()]


class Around(nn.Module):
    """Adds to every column what its neighbours say. Begins as no change at all."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, (1, 7), padding=(0, 3), bias=False)
        self.norm = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        return torch.relu(x + self.norm(self.conv(x)))


class Reader(nn.Module):
    """A line of HEIGHT pixels in, one column of scores for every four pixels out."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            *block(1, 16), nn.MaxPool2d(2),
            *block(16, 40), nn.MaxPool2d(2),
            *block(40, 56), nn.MaxPool2d((2, 1)),
            *block(56, 96, (3, 3), (0, 1)),
            *block(96, 96, (1, 5), (0, 2)),
            Around(96),
            nn.Conv2d(96, len(ALPHABET) + 1, 1),
        )

    def forward(self, x):
        return self.net(x)


class Lines(torch.utils.data.IterableDataset):
    def __init__(self, table, hard, seed):
        self.table, self.hard, self.seed = table, hard, seed

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed}/{info.id if info else 0}")
        while True:
            if self.table and rng.random() < LABELLED:
                path, text = rng.choice(self.hard if self.hard and rng.random() < HARD else self.table)
                yield normalised(labelled(rng, path)), text
            else:
                picture, text = drawn(rng.getrandbits(60))
                yield normalised(picture), text


class Batches(torch.utils.data.IterableDataset):
    """Batches of lines of about the same width: nothing is spent on padding."""

    def __init__(self, lines, size, pool=10):
        self.lines, self.size, self.pool = lines, size, pool

    def __iter__(self):
        lines = iter(self.lines)
        rng = random.Random(self.lines.seed)
        while True:
            drawn_lines = sorted((next(lines) for _ in range(self.size * self.pool)), key=lambda item: item[0].shape[1])
            starts = list(range(0, len(drawn_lines), self.size))
            rng.shuffle(starts)
            for start in starts:
                yield batch(drawn_lines[start:start + self.size])


def batch(items):
    width = min(1088, max(p.shape[1] for p, _ in items) // 64 * 64 + 64)
    x = torch.zeros(len(items), 1, HEIGHT, width)
    targets, lengths = [], []
    for i, (p, text) in enumerate(items):
        p = p[:, :width]
        x[i, 0, :, : p.shape[1]] = torch.from_numpy(np.ascontiguousarray(p))
        x[i, 0, :, p.shape[1]:] = 0.5
        targets += [ALPHABET.index(c) + 1 for c in text]
        lengths.append(len(text))
    return x, torch.tensor(targets), torch.tensor(lengths)


def table_of(folder):
    """The labelled lines to train on, and those kept out."""
    with open(os.path.join(folder, "train_lines.tsv"), newline="") as f:
        rows = csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = [(r["file"], r["text"]) for r in rows if r["text"] and set(r["text"]) <= set(ALPHABET)]
    kept_out = lambda file: zlib.crc32(os.path.basename(file).encode()) % 24 == 0
    full = lambda rows: [(os.path.join(folder, file), text) for file, text in rows]
    return full([r for r in rows if not kept_out(r[0])]), full([r for r in rows if kept_out(r[0])])


@torch.no_grad()
def misread(model, table):
    """The lines that the model does not read to the letter."""
    model.eval()
    wrong = []
    for path, text in table:
        x = torch.from_numpy(normalised(plain(path)))[None, None]
        best = model(x)[0, :, 0].argmax(0).tolist()
        read = "".join(ALPHABET[s - 1] for i, s in enumerate(best) if s and (i == 0 or best[i - 1] != s))
        if read != text:
            wrong.append((path, text))
    model.train()
    return wrong


@torch.no_grad()
def load_onnx(model, path, lines):
    """Takes weights whose normalisation was folded into the convolutions, and gives
    the normalisation back: its mean and spread are those of the lines."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    folded = [[values[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Conv"]
    layers = list(model.net)
    x, _, _ = lines
    for layer, after in zip(layers, layers[1:] + [None]):
        if isinstance(layer, nn.Conv2d):
            weight, bias = folded.pop(0)
            layer.weight.copy_(weight)
            if layer.bias is not None:
                layer.bias.copy_(bias)
        elif isinstance(layer, nn.BatchNorm2d):
            unfold(layer, x, bias)
            layer.eval()
        elif isinstance(layer, Around) and len(folded) > 1:
            weight, bias = folded.pop(0)
            layer.conv.weight.copy_(weight)
            unfold(layer.norm, layer.conv(x), bias)
            layer.eval()
        x = layer(x)
    model.train()


def unfold(norm, x, bias):
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(var)
    norm.weight.copy_((var + norm.eps).sqrt())
    norm.bias.copy_(bias + mean)


def average(mean, model, share):
    with torch.no_grad():
        for m, v in zip(mean.state_dict().values(), model.state_dict().values()):
            if m.dtype.is_floating_point:
                m.mul_(share).add_(v, alpha=1 - share)
            else:
                m.copy_(v)


def blended(a, b, share):
    return {k: a[k] * (1 - share) + b[k] * share if a[k].dtype.is_floating_point else b[k] for k in a}


def rate(progress, peak):
    """The learning rate: up in the first 3 %, then down along half a cosine."""
    return peak * (progress / 0.03 if progress < 0.03 else 0.01 + 0.99 * (1 + math.cos(math.pi * (progress - 0.03) / 0.97)) / 2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--lines", default="")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--rate", type=float, default=3e-3)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--init", default="")
    p.add_argument("--blend", default="")
    p.add_argument("--share", type=float, default=0.5)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    if a.blend:
        model = Reader()
        model.load_state_dict(blended(torch.load(a.init), torch.load(a.blend), a.share))
        return write(model, a.out)
    table, kept_out = table_of(a.lines) if a.lines else ([], [])
    model = Reader()
    if a.init.endswith(".onnx"):
        rng = random.Random(a.seed)
        load_onnx(model, a.init, batch([(normalised(picture), text) for picture, text in (drawn(rng.getrandbits(60)) for _ in range(96))]))
    elif a.init:
        model.load_state_dict(torch.load(a.init))
    hard = misread(model, table) if a.init else []
    mean = copy.deepcopy(model)
    print(f"{len(table)} labelled lines, {len(hard)} of them hard, {len(kept_out)} kept out "
          f"({len(misread(model, kept_out))} misread), {sum(q.numel() for q in model.parameters())} weights", flush=True)
    loader = iter(torch.utils.data.DataLoader(Batches(Lines(table, hard, a.seed), a.batch), batch_size=None, num_workers=1, prefetch_factor=16))
    optimiser = torch.optim.AdamW(model.parameters(), lr=a.rate, weight_decay=1e-3)
    loss_of = nn.CTCLoss(zero_infinity=True)
    start, written, recent, step = time.time(), 0.0, None, 0
    while (passed := (time.time() - start) / 60) < a.minutes:
        for group in optimiser.param_groups:
            group["lr"] = rate(passed / a.minutes, a.rate)
        x, targets, lengths = next(loader)
        scores = model(x).squeeze(2).permute(2, 0, 1).log_softmax(2)
        loss = loss_of(scores, targets, torch.full((x.shape[0],), scores.shape[0]), lengths)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimiser.step()
        step += 1
        average(mean, model, min(AVERAGE, step / (step + 10)))
        recent = loss.item() if recent is None else 0.98 * recent + 0.02 * loss.item()
        if step % 100 == 0:
            print(f"step {step} loss {recent:.4f} {passed:.1f} min", flush=True)
        if passed - written > 4:
            written = passed
            write(mean, a.out)
            print(f"written after {step} steps, {len(misread(mean, kept_out))} of {len(kept_out)} kept out misread", flush=True)
    write(mean, a.out)
    print(f"{step} steps of {a.batch} lines, {len(misread(mean, kept_out))} of {len(kept_out)} kept out misread", flush=True)


def write(model, path):
    """Writes the weights, and a checkpoint to start from beside them."""
    model.eval()
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    torch.save(model.state_dict(), os.path.splitext(path)[0] + ".pt")
    torch.onnx.export(model, torch.zeros(1, 1, HEIGHT, 640), path, opset_version=11, input_names=["line"], output_names=["scores"],
                      dynamic_axes={"line": {3: "width"}, "scores": {3: "columns"}})
    model.train()


if __name__ == "__main__":
    main()
