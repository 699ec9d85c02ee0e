"""Trains the reader of machine readable lines and writes it as ONNX.

    python3 scripts/train/mrz.py --lines DIR --steps N --out capture/opencv/models/mrz.onnx

Needs Debian's python3-torch, python3-pil, python3-scipy and fonts-ocr-b. DIR holds
train_lines.tsv (file, text) and its pictures; without it only drawn lines are used.
"""

import argparse
import csv
import os
import random
import time

import numpy as np
import torch
from torch import nn

from mrz_lines import ALPHABET, HEIGHT, drawn, labelled, normalised


class Reader(nn.Module):
    """A line of HEIGHT pixels in, one column of scores for every four pixels out."""

    def __init__(self):
        super().__init__()

        def block(a, b, kernel=3, pad=1):
            return [nn.Conv2d(a, b, kernel, padding=pad, bias=False), nn.BatchNorm2d(b), nn.ReLU()]

        self.net = nn.Sequential(
            *block(1, 16), nn.MaxPool2d(2),
            *block(16, 40), nn.MaxPool2d(2),
            *block(40, 56), nn.MaxPool2d((2, 1)),
            *block(56, 96, (3, 3), (0, 1)),
            *block(96, 96, (1, 5), (0, 2)),
            nn.Conv2d(96, len(ALPHABET) + 1, 1),
        )

    def forward(self, x):
        return self.net(x)


class Lines(torch.utils.data.IterableDataset):
    def __init__(self, table, seed):
        self.table, self.seed = table, seed

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed}/{info.id if info else 0}")
        while True:
            if self.table and rng.random() < 0.35:
                path, text = rng.choice(self.table)
                yield normalised(labelled(rng, path)), text
            else:
                picture, text = drawn(rng.getrandbits(60))
                yield normalised(picture), text


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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--lines", default="")
    p.add_argument("--steps", type=int, default=2500)
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(2)
    table = []
    if a.lines:
        with open(os.path.join(a.lines, "train_lines.tsv"), newline="") as f:
            rows = csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
            table = [(os.path.join(a.lines, r["file"]), r["text"]) for r in rows if r["text"] and set(r["text"]) <= set(ALPHABET)]
    loader = iter(torch.utils.data.DataLoader(Lines(table, a.seed), batch_size=a.batch, num_workers=2, collate_fn=batch, prefetch_factor=4))
    model = Reader()
    print(f"{len(table)} labelled lines, {sum(q.numel() for q in model.parameters())} weights", flush=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=a.steps, pct_start=0.15)
    loss_of = nn.CTCLoss(zero_infinity=True)
    start, mean = time.time(), 0.0
    for step in range(1, a.steps + 1):
        x, targets, lengths = next(loader)
        scores = model(x).squeeze(2).permute(2, 0, 1).log_softmax(2)
        loss = loss_of(scores, targets, torch.full((x.shape[0],), scores.shape[0]), lengths)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimiser.step()
        schedule.step()
        mean = loss.item() if step == 1 else 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"{step}/{a.steps} loss {mean:.4f} {time.time() - start:.0f} s", flush=True)
        if step % 400 == 0 or step == a.steps:
            write(model, a.out)


def write(model, path):
    model.eval()
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    torch.onnx.export(model, torch.zeros(1, 1, HEIGHT, 640), path, opset_version=11, input_names=["line"], output_names=["scores"],
                      dynamic_axes={"line": {3: "width"}, "scores": {3: "columns"}})
    model.train()


if __name__ == "__main__":
    main()
