// Compiles the contracts of this folder with the pinned solc into compiled.json; with --check, compares instead.
//
// compiled.json is an object with one contract a line: {"creation": creation code in hex, "runtime": length of the
// code once deployed, "source": SHA-256 of the compiler's full version and the source files}. The compiler
// adds no metadata, so equal sources give equal bytes on any machine.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const MAX_RUNTIME = 24576; // EIP-170
const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, "compiled.json");

const files = readdirSync(folder).filter((name) => name.endsWith(".sol")).sort();
const sources = Object.fromEntries(files.map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }]));
const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        evmVersion: "cancun",
        optimizer: { enabled: true, runs: 200 },
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
      },
    }),
  ),
);
for (const error of output.errors ?? []) console.error(error.formattedMessage);
if ((output.errors ?? []).length > 0) process.exit(1);

// A file's text and that of all files that it imports, each once.
function closure(file, seen = new Set()) {
  if (seen.has(file)) return "";
  seen.add(file);
  const text = sources[file].content;
  const imports = [...text.matchAll(/^import .* from "\.\/(.*)";$/gm)];
  return text + imports.map((found) => closure(found[1], seen)).join("");
}

const lines = [];
for (const file of files) {
  const source = createHash("sha256").update(`${solc.version()}\n${closure(file)}`).digest("hex");
  for (const [name, contract] of Object.entries(output.contracts[file] ?? {})) {
    const creation = contract.evm.bytecode.object;
    // An interface has no code, and libraries are part of those that use them.
    if (creation === "" || sources[file].content.includes(`library ${name} {`)) continue;
    const runtime = contract.evm.deployedBytecode.object.length / 2;
    if (runtime > MAX_RUNTIME) throw new Error(`${name}: ${runtime} bytes of code, ${MAX_RUNTIME} are allowed`);
    lines.push(`${JSON.stringify(name)}: ${JSON.stringify({ creation, runtime, source })}`);
  }
}
lines.sort();
const text = `{\n${lines.join(",\n")}\n}\n`;

if (process.argv.includes("--check")) {
  let committed = "";
  try {
    committed = readFileSync(target, "utf8");
  } catch {
    // Absent is as wrong as different.
  }
  if (committed !== text) {
    console.error("compiled.json is not what the sources compile to: run node compile.mjs");
    process.exit(1);
  }
  console.log(`compiled.json is up to date: ${lines.length} contracts, solc ${solc.version()}`);
} else {
  writeFileSync(target, text);
  console.log(`compiled.json written: ${lines.length} contracts, solc ${solc.version()}`);
}
