// What the expectations in the samples do not say: that they exist, and that they cover the language.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isExpectation, loadGrammar, source, tokens } from "./tokens.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path) => readFileSync(root + path, "utf8");
const below = (folder) =>
  readdirSync(root + folder, { recursive: true })
    .filter((name) => name.endsWith(".netpol"))
    .map((name) => `${folder}/${name}`);

const samples = below("editors/samples");
const programs = [...samples, ...below("examples"), "src/resolve/prelude.netpol"];
const grammar = await loadGrammar();
const tokensOf = (path) => tokens(grammar, source(root + path));

test("every sample expects something", () => {
  assert.notEqual(samples.length, 0);
  for (const sample of samples) {
    assert.ok(read(sample).split("\n").some(isExpectation), sample);
  }
});

test("no token of a program is left without a scope", () => {
  for (const program of programs) {
    const bare = tokensOf(program).filter(({ scope }) => scope === "source.netpol");
    assert.deepEqual(bare, [], program);
  }
});

test("every keyword of the compiler's grammar is one in a sample", () => {
  const keywords = [...read("grammar/netpol.pest").matchAll(/^\w+_kw\s*=.*?"(\w+)"/gm)].map(([, word]) => word);
  assert.ok(keywords.length > 20);
  const coloured = samples
    .flatMap(tokensOf)
    .filter(({ scope }) => /^(?:keyword|storage|support)\./.test(scope))
    .map(({ text }) => text);
  assert.deepEqual(keywords.filter((word) => !coloured.includes(word)), []);
});

test("every snippet says what it writes, and all have different prefixes", () => {
  const snippets = Object.values(JSON.parse(read("editors/vscode/snippets/netpol.json")));
  assert.ok(snippets.every(({ prefix, body, description }) => prefix && body && description));
  assert.equal(new Set(snippets.map(({ prefix }) => prefix)).size, snippets.length);
});

test("indentation begins at an open bracket, and not in a string or a comment", () => {
  const { indentationRules: rules } = JSON.parse(read("editors/vscode/language-configuration.json"));
  const opens = new RegExp(rules.increaseIndentPattern);
  for (const line of ['test "a # b" {', "let a = pods[ # why", "  except (", "namespace shop {  # [x]"]) {
    assert.match(line, opens);
  }
  for (const line of ["# namespace shop {", "allow a -> b", 'test "a {', "let a = pods[app=web]", "allow a -> b # ("]) {
    assert.doesNotMatch(line, opens);
  }
  assert.match("  ] on tcp/80", new RegExp(rules.decreaseIndentPattern));
});
