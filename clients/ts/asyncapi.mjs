// Lints the AsyncAPI file: node clients/ts/asyncapi.mjs [FILE]
import { Parser, fromFile } from '@asyncapi/parser';
import { fileURLToPath } from 'node:url';

const file = process.argv[2] ?? fileURLToPath(new URL('../../protocol/schema/asyncapi.json', import.meta.url));
const { document, diagnostics } = await fromFile(new Parser(), file).parse();
// 0 is an error, 1 a warning, 2 advice such as "a newer version of AsyncAPI exists".
const wrong = diagnostics.filter((d) => d.severity < 2);
for (const d of wrong) console.error(`${file}: ${d.path.join('.')}: ${d.message}`);
if (!document || wrong.length > 0) process.exit(1);
