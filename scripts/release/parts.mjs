// Completes the list of a program's parts (CycloneDX 1.6) by what cyclonedx-gomod does not
// see: the models, and the distribution's packages that the program is linked with or calls.
//   node parts.mjs LIST.json MODELS < lines of "package version architecture"
// Writes the list to standard output, without anything that differs between two builds.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";

const [list, models] = process.argv.slice(2);
const bom = JSON.parse(readFileSync(list, "utf8"));
for (const tool of bom.metadata.tools ?? []) delete tool.hashes; // of the tool's own build
// What its detection does not know, or does not look at.
const told = { visavis: "MIT", std: "BSD-3-Clause", "github.com/pressly/goose/v3": "MIT" };
for (const part of [bom.metadata.component, ...bom.components]) {
  part.licenses ??= told[part.name] && [{ license: { id: told[part.name] } }];
  if (!part.licenses) throw new Error(`no licence is known of ${part.name}: add it to parts.mjs`);
}
// scripts/models.sum pins them to one npm package.
for (const name of readdirSync(models).filter((n) => n.endsWith(".onnx")).sort()) {
  const content = createHash("sha256").update(readFileSync(`${models}/${name}`)).digest("hex");
  bom.components.push({
    "bom-ref": `model:${name}`,
    type: "machine-learning-model",
    name,
    purl: "pkg:npm/faceplugin-face-recognition-js@0.0.1",
    hashes: [{ alg: "SHA-256", content }],
    licenses: [{ license: { id: "MIT" } }],
  });
}
const { ID } = Object.fromEntries(readFileSync("/etc/os-release", "utf8").trim().split("\n").map((line) => line.split("=")));
for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [name, version, arch] = line.split(" ");
  const purl = `pkg:deb/${ID.replaceAll('"', "")}/${name}@${encodeURIComponent(version)}?arch=${arch}`;
  // Its licences are in /usr/share/doc/NAME/copyright of the machine: nothing of it is in the package.
  bom.components.push({ "bom-ref": purl, type: "library", name, version, purl, scope: "required" });
}
process.stdout.write(JSON.stringify(bom, null, 1) + "\n");
