// Reads .netpol files with the grammar of this extension: which scope each token has.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const { resolve } = createRequire(import.meta.url);
const ROOT = "source.netpol";

/** The source of a file, without the lines by which a sample says what is expected of the line above. */
export function source(path) {
  return readFileSync(path, "utf8").replace(/\r?\n$/, "").split(/\r?\n/).filter((line) => !isExpectation(line));
}

/** Whether a line of a sample says what is expected of the line above it. */
export function isExpectation(line) {
  return /^#\s*(?:\^|<~*-+)/.test(line);
}

/** Loads the grammar. */
export async function loadGrammar() {
  await oniguruma.loadWASM(readFileSync(resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const path = new URL("../syntaxes/netpol.tmLanguage.json", import.meta.url);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => JSON.parse(readFileSync(path, "utf8")),
  });
  return registry.loadGrammar(ROOT);
}

/** The tokens of lines, blanks left out: `{ line, text, start, scope }`, lines from 1, the innermost scope. */
export function tokens(grammar, lines) {
  let state = textmate.INITIAL;
  return lines.flatMap((text, index) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(text, state);
    state = ruleStack;
    return tokens
      .map(({ startIndex, endIndex, scopes }) => ({
        line: index + 1,
        start: startIndex,
        text: text.slice(startIndex, endIndex),
        scope: scopes.at(-1),
      }))
      .filter((token) => token.text.trim() !== "");
  });
}
