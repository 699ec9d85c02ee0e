// npm jscanify with its own bundled OpenCV: four corners of the document.
//   node corners.cjs FOLDER SECONDS
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, seconds] = process.argv.slice(2);
const need = createRequire(join(folder, 'package.json'));
const { Image } = createRequire(need.resolve('mrz-detection'))('image-js');
const sources = join(folder, 'node_modules', 'jscanify', 'src');

const area = (p) => p.reduce((sum, a, i) => sum + a[0] * p[(i + 1) % p.length][1] - p[(i + 1) % p.length][0] * a[1], 0) / 2;
const clockwise = (p) => (area(p) < 0 ? [...p].reverse() : p);

function cut(polygon, a, b) {
  const side = (c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  return polygon.flatMap((from, i) => {
    const to = polygon[(i + 1) % polygon.length];
    const [s, t] = [side(from), side(to)];
    const kept = s >= 0 ? [from] : [];
    if (s * t < 0) kept.push([from[0] + (s / (s - t)) * (to[0] - from[0]), from[1] + (s / (s - t)) * (to[1] - from[1])]);
    return kept;
  });
}

function iou(p, q) {
  const [a, b] = [clockwise(p), clockwise(q)];
  const both = b.reduce((inside, from, i) => (inside.length ? cut(inside, from, b[(i + 1) % 4]) : []), a);
  const shared = both.length ? area(both) : 0;
  return shared / (area(a) + area(b) - shared || 1);
}

async function main() {
  const end = Date.now() + 1000 * Number(seconds);
  let cv = require(join(sources, 'opencv.js'));
  if (cv instanceof Promise) cv = await cv;
  else if (!cv.Mat) await new Promise((resolve) => { cv.onRuntimeInitialized = resolve; });
  globalThis.cv = cv;
  const Scanner = require(join(sources, 'jscanify.js'));
  const scanner = new Scanner();
  const tasks = JSON.parse(readFileSync(join(folder, 'tasks.json'), 'utf8')).filter((task) => task.corners);
  const results = [];
  for (const task of tasks) {
    if (Date.now() > end) break;
    const image = (await Image.load(task.file)).rgba8();
    const mat = cv.matFromImageData({ data: new Uint8ClampedArray(image.data), width: image.width, height: image.height });
    const began = Date.now();
    let value = 0;
    try {
      const contour = scanner.findPaperContour(mat);
      const c = contour && scanner.getCornerPoints(contour, mat);
      const points = c && [c.topLeftCorner, c.topRightCorner, c.bottomRightCorner, c.bottomLeftCorner];
      if (points && points.every(Boolean)) value = iou(points.map((p) => [p.x, p.y]), task.corners);
    } catch {
      value = 0;
    }
    mat.delete();
    results.push({ peer: 'jscanify', set: 'corners', iou: value, seconds: (Date.now() - began) / 1000 });
  }
  writeFileSync(join(folder, 'corners.json'), JSON.stringify(results));
}

main();
