// Prints the licence files of everything that is linked into the program: this repository,
// Go itself, and each module, in the order of their names.
//   node licences.mjs ROOT
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const [root] = process.argv.slice(2);
const go = (...args) => execFileSync("go", args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 }).trim();
const linked = go("list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/visavis");
const modules = [...new Set(linked.split("\n").filter(Boolean))].sort().map((line) => line.split("\t"));
const parts = [
  ["Visavis", "", root],
  ["Go", go("env", "GOVERSION"), go("env", "GOROOT")],
  ...modules,
];
for (const [name, version, folder] of parts) {
  const files = readdirSync(folder).filter((f) => /^(licen[cs]e|copying|notice|patents)([.-].*)?$/i.test(f)).sort();
  if (files.length === 0) throw new Error(`${name} has no licence file in ${folder}`);
  for (const file of files) {
    const text = readFileSync(`${folder}/${file}`, "utf8").trimEnd();
    process.stdout.write(`==== ${name} ${version}: ${file}\n\n${text}\n\n`);
  }
}
