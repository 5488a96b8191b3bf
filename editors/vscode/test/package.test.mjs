// Packages the extension as it would be installed: without a warning, and with nothing but what an editor needs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const extension = fileURLToPath(new URL("..", import.meta.url));
const vsce = createRequire(import.meta.url).resolve("@vscode/vsce/vsce");

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vsce, ...args], { cwd: extension, encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  return { stdout, all: stdout + stderr };
}

test("the package holds what an editor needs", () => {
  const { stdout } = run("ls", "--no-dependencies");
  assert.deepEqual(stdout.trim().split("\n").sort(), [
    "LICENSE.md",
    "README.md",
    "language-configuration.json",
    "package.json",
    "snippets/netpol.json",
    "syntaxes/netpol.tmLanguage.json",
  ]);
});

test("it is packaged without a warning", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "netpol-vsix-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "netpol.vsix");
  const { all } = run("package", "--no-dependencies", "--allow-missing-repository", "--out", file);
  assert.doesNotMatch(all, /warn/i);
  assert.ok(statSync(file).size > 4096);
});
