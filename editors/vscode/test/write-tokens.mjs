// Writes, for each given .netpol file, its source and its tokens into a folder: what other editors are held to.
// Usage: write-tokens.mjs FOLDER FILE...
// A line of tokens: line, first byte (both from 1), length in bytes, scope; tabs between them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadGrammar, source, tokens } from "./tokens.mjs";

const [folder, ...files] = process.argv.slice(2);
const bytes = (text) => Buffer.byteLength(text);

const grammar = await loadGrammar();
mkdirSync(folder, { recursive: true });
for (const file of files) {
  const lines = source(file);
  const rows = tokens(grammar, lines).map(({ line, start, text, scope }) => {
    const before = lines[line - 1].slice(0, start);
    return [line, bytes(before) + 1, bytes(text), scope].join("\t");
  });
  const name = join(folder, file.replace(/^[./]+/, "").replaceAll("/", "_"));
  writeFileSync(name, `${lines.join("\n")}\n`);
  writeFileSync(`${name}.tokens`, `${rows.join("\n")}\n`);
}
