// npm mrz-detection: find the zone, then read it with its own classifier.
//   node mrz.cjs FOLDER SECONDS   (node_modules beside FOLDER's tasks.json)
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, seconds] = process.argv.slice(2);
const need = createRequire(join(folder, 'package.json'));
const { getMrz, readMrz } = need('mrz-detection');
const { Image } = createRequire(need.resolve('mrz-detection'))('image-js');

async function main() {
  const end = Date.now() + 1000 * Number(seconds);
  const tasks = JSON.parse(readFileSync(join(folder, 'tasks.json'), 'utf8')).filter((task) => task.zone && task.set !== 'lines');
  const seen = {};
  const order = tasks.map((task) => ({ task, turn: (seen[task.set] = (seen[task.set] ?? 0) + 1) })).sort((a, b) => a.turn - b.turn);
  const results = [];
  for (const { task } of order) {
    if (Date.now() > end) break;
    const began = Date.now();
    let lines = [];
    try {
      const image = await Image.load(task.file);
      const read = await readMrz(task.set === 'upright' ? image : getMrz(image));
      lines = (read.mrz ?? []).map((line) => line.replace(/\s/g, ''));
    } catch {
      lines = []; // it throws where it finds none
    }
    results.push({
      peer: 'mrz-detection', set: task.set, large: task.large ?? false, seconds: (Date.now() - began) / 1000,
      exact: lines.length === task.zone.length && lines.every((line, i) => line === task.zone[i]),
    });
  }
  writeFileSync(join(folder, 'mrz-detection.json'), JSON.stringify(results));
}

main();
