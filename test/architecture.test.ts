/** What style.md promises about the layout of the code and no compiler checks: who imports whom, purity, sizes, what is loaded when. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every folder with a tsconfig.json, and which of them it may import. The longest match owns a file. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  mailbox: [],
  actors: ["mailbox"],
  supervision: ["mailbox", "actors"],
  lua: ["mailbox", "actors"],
  "durability/memory": ["mailbox", "actors", "supervision", "lua"],
  "durability/workflow": ["mailbox", "actors", "supervision"],
  "durability/temporal/workflow": ["mailbox", "actors", "lua", "durability/workflow"],
  "durability/temporal": [
    "mailbox",
    "actors",
    "supervision",
    "lua",
    "durability/workflow",
    "durability/temporal/workflow",
  ],
  "durability/journal": ["mailbox", "actors", "lua", "durability/memory", "durability/workflow"],
  "durability/store": ["mailbox", "actors"],
  app: [
    "mailbox",
    "actors",
    "supervision",
    "lua",
    "durability/memory",
    "durability/workflow",
    "durability/journal",
    "durability/store",
    "durability/temporal",
  ],
  cli: ["app"],
};
const folders = Object.keys(mayImport).sort((a, b) => b.length - a.length);
const pure = ["mailbox", "actors", "supervision", "lua", "durability/workflow", "durability/temporal/workflow"];

/** Packages have one door each. */
const doors: readonly (readonly [packages: RegExp, door: RegExp])[] = [
  [/^(#fengari|fengari)\b/, /^lua\/fengari(\.ts|\/|-engine\.d\.ts)/],
  [/^eventemitter3$/, /^actors\/events\.ts$/],
  [/^@noble\/hashes\//, /^(lua\/modules\/|durability\/temporal\/workflow\/digest\.ts)/],
  [
    /^(@noble\/ciphers\/|ajv\/)/,
    /^(lua\/(packages\.ts|modules\/json\/schema\/.*\.ts)|app\/lua-packages\.ts|durability\/temporal\/workflow\/packages\.ts)$/,
  ],
  [/^@temporalio\/(workflow|common)/, /^durability\/temporal\//],
  [/^@temporalio\//, /^durability\/temporal\/(?!workflow\/)/],
  [/^(yaml|zod|hono|@hono|pino|pino-pretty)\b/, /^app\//],
  [/^(commander|picocolors)$/, /^cli\//],
  [/^lmdb$/, /^durability\/(journal\/lmdb|store)\b/],
  [/^ioredis$/, /^durability\/(journal\/redis|store)\b/],
  [/^node:/, /^(durability\/(memory|journal|store)\/|durability\/temporal\/(?!workflow\/)|app|cli)/],
];

/** In the sandbox Date shows the time of the history; what runs a workflow passes it on as the time of an input. */
const mayReadDate = [
  "durability/temporal/workflow/port.ts",
  "durability/temporal/workflow/run.ts",
  "durability/temporal/workflow/watches.ts",
];

/** The Temporal SDK looks the workflow up as the default export. */
const mayExportDefault = ["durability/temporal/workflow/main.ts"];

const maxLines = 250;
/** Lines over the limit, each with its reason. */
const longFiles: Readonly<Record<string, number>> = {
  // One class is the whole public face of a process: the parts it hands over to are files of their own.
  "actors/process.ts": 390,
  // The life of one process on a journal, and of all of them under one claim; what each consists of is in files of its own.
  "durability/journal/slot.ts": 365,
  "durability/journal/claim.ts": 315,
  // The only place that knows how fengari represents a value.
  "lua/fengari/values.ts": 260,
  // One host class; what it shares with others is in files of their own.
  "durability/temporal/host.ts": 260,
};

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return listFiles(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function ownerOf(path: string): string | undefined {
  return folders.find((folder) => path.startsWith(`${folder}/`));
}

const tops = [...new Set(folders.map((folder) => folder.split("/")[0]!))];
const files: SourceFile[] = tops
  .filter((top) => existsSync(join(root, top)))
  .flatMap(listFiles)
  .map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    return { path, folder: ownerOf(path) ?? "", text, tree };
  });

const importsOf = ({ text }: SourceFile): string[] =>
  ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);

/** The folder that a relative import leads to. */
const targetOf = (file: SourceFile, name: string): string | undefined =>
  name.startsWith(".") ? ownerOf(normalize(join(dirname(file.path), name))) : undefined;

function complaints(of: readonly SourceFile[], find: (file: SourceFile) => Iterable<string>): string[] {
  return of.flatMap((file) => [...find(file)].map((what) => `${file.path}: ${what}`));
}

function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodes(child);
}

const timers = new Set(["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]);

/** Words for a node that reads the clock, chance, or sets a timer. */
function impurity(node: ts.Node, file: SourceFile): string | undefined {
  const text = (): string => node.getText(file.tree);
  if (ts.isPropertyAccessExpression(node) && /^(Math\.random|performance\.now|crypto\.\w+)$/.test(text()))
    return text();
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && timers.has(node.expression.text)) return text();
  if (mayReadDate.includes(file.path)) return undefined;
  if (ts.isPropertyAccessExpression(node) && text() === "Date.now") return text();
  if (ts.isNewExpression(node) && node.expression.getText(file.tree) === "Date" && !node.arguments?.length)
    return text();
  return ts.isCallExpression(node) && node.expression.getText(file.tree) === "Date" ? text() : undefined;
}

/** Top-level names whose value may change. */
function* mutableState(file: SourceFile): Generator<string> {
  for (const statement of file.tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, type, initializer } of statement.declarationList.declarations) {
      const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
      const readonly = type !== undefined && /\b(Readonly|readonly)/.test(type.getText(file.tree));
      const container =
        initializer !== undefined &&
        ((ts.isNewExpression(initializer) &&
          /^(Map|Set|WeakMap|WeakSet|Array)$/.test(initializer.expression.getText())) ||
          (ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0));
      if (!isConst || (container && !readonly)) yield `${name.getText(file.tree)} may change`;
    }
  }
  for (const node of nodes(file.tree)) {
    if (!ts.isPropertyDeclaration(node)) continue;
    const kinds = node.modifiers?.map((modifier) => modifier.kind) ?? [];
    if (kinds.includes(ts.SyntaxKind.StaticKeyword) && !kinds.includes(ts.SyntaxKind.ReadonlyKeyword)) {
      yield `static ${node.name.getText(file.tree)} may change`;
    }
  }
}

const pureFiles = files.filter((file) => pure.includes(file.folder) && !file.path.endsWith(".d.ts"));

describe("imports", () => {
  it("were found at all", () => {
    expect(files.length).toBeGreaterThan(80);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(300);
  });

  it("go down the folders only", () => {
    const found = complaints(files, function* (file) {
      for (const name of importsOf(file)) {
        const target = targetOf(file, name);
        if (name.startsWith(".") && target === undefined) yield `imports ${name}, which is in no folder`;
        else if (target !== undefined && target !== file.folder && !mayImport[file.folder]!.includes(target)) {
          yield `imports ${name}; ${file.folder} may not know ${target}`;
        }
      }
    });
    expect(found).toEqual([]);
  });

  it("of a package come through its door", () => {
    const found = complaints(files, function* (file) {
      for (const name of importsOf(file).filter((one) => !one.startsWith("."))) {
        const matching = doors.filter(([packages]) => packages.test(name));
        if (matching.length === 0) yield `imports ${name}, which has no door in this test`;
        else if (!matching.some(([, door]) => door.test(file.path))) yield `imports ${name} past its door`;
      }
    });
    expect(found).toEqual([]);
  });

  it("end with .js", () => {
    const found = complaints(files, (file) =>
      importsOf(file).filter((name) => name.startsWith(".") && !name.endsWith(".js")),
    );
    expect(found).toEqual([]);
  });

  it.each(folders.filter((folder) => existsSync(join(root, folder, "tsconfig.json"))))(
    "of %s are the references of its tsconfig.json",
    (folder) => {
      const path = join(root, folder, "tsconfig.json");
      const { config } = ts.readConfigFile(path, (name) => readFileSync(name, "utf8")) as {
        config: { references?: { path: string }[]; compilerOptions?: { types?: string[] } };
      };
      const references = (config.references ?? []).map((one) => relative(root, join(root, folder, one.path)));
      const used = files
        .filter((file) => file.folder === folder)
        .flatMap((file) => importsOf(file).map((name) => targetOf(file, name)))
        .filter((target): target is string => target !== undefined && target !== folder);
      for (const target of new Set(used)) expect(references).toContain(target);
      for (const reference of references) expect(mayImport[folder]).toContain(reference);
      if (pure.includes(folder)) expect(config.compilerOptions?.types ?? []).toEqual([]);
    },
  );
});

describe("the pure folders", () => {
  it("read no clock, use no chance, set no timer", () => {
    const found = complaints(pureFiles, function* (file) {
      for (const node of nodes(file.tree)) {
        const what = impurity(node, file);
        if (what !== undefined) yield what;
      }
    });
    expect(found).toEqual([]);
  });

  it("have no state outside of objects", () => {
    expect(complaints(pureFiles, mutableState)).toEqual([]);
  });
});

describe("every file", () => {
  it("exports names, one by one", () => {
    const found = complaints(files, function* (file) {
      for (const statement of file.tree.statements) {
        if (ts.isExportDeclaration(statement) && statement.exportClause === undefined) yield "exports a wildcard";
        const isDefault = ts.canHaveModifiers(statement)
          ? ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)
          : false;
        if ((ts.isExportAssignment(statement) || isDefault) && !mayExportDefault.includes(file.path)) {
          yield "has a default export";
        }
        if (ts.isEnumDeclaration(statement)) yield "has an enum";
      }
    });
    expect(found).toEqual([]);
  });

  it("opens with a sentence that says what lives there", () => {
    expect(
      files
        .filter((file) => !file.path.endsWith(".d.ts") && !/^(#!.*\n)?\/\*\*/.test(file.text))
        .map((file) => file.path),
    ).toEqual([]);
  });

  it(`has at most ${maxLines} lines, or a reason`, () => {
    const found = complaints(files, function* (file) {
      const lines = file.text.trimEnd().split("\n").length;
      if (lines > (longFiles[file.path] ?? maxLines)) yield `${lines} lines`;
    });
    expect(found).toEqual([]);
  });
});

describe("importing a package entry", () => {
  /** Every module that Node loads, by file, when this built file is imported. */
  function loadedBy(entry: string): string[] {
    const hook = `import { writeSync } from "node:fs";
      export async function load(url, context, next) { writeSync(1, url + "\\n"); return next(url, context); }`;
    const main = `import { createRequire, register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
      await import(${JSON.stringify(new URL(`../dist/${entry}`, import.meta.url).href)});
      console.log(Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache).join("\\n"));`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", main], {
      encoding: "utf8",
      cwd: root,
    });
    if (status !== 0) throw new Error(`importing ${entry} failed: ${stderr}`);
    return stdout.split("\n").filter((line) => line !== "");
  }

  it("is seen by this test, with the packages it needs", () => {
    const loaded = loadedBy("actors/index.js");
    expect(loaded.some((url) => url.endsWith("/dist/mailbox/index.js"))).toBe(true);
    expect(loaded.some((url) => url.includes("/node_modules/eventemitter3/"))).toBe(true);
  });

  it.each([
    "mailbox/index.js",
    "actors/index.js",
    "supervision/index.js",
    "durability/memory/index.js",
    "durability/store/index.js",
    "app/index.js",
  ])("%s loads neither Temporal nor a web server, nor what few programs need", (entry) => {
    const packages = /node_modules\/(@temporalio|hono|@hono|ioredis|lmdb|ajv|@noble\/ciphers)\//;
    const heavy = loadedBy(entry).filter((url) => packages.test(url));
    expect(heavy).toEqual([]);
  });
});

describe("the workflow bundle", () => {
  it("evaluates large packages once for all workflows, and not in each", () => {
    const bundle = readFileSync(join(root, "dist/workflow-bundle.js"), "utf8");
    const start = bundle.indexOf("exports.preloadModules = function");
    const preloaded = bundle.slice(start, bundle.indexOf("}", start));
    for (const name of ["ajv/dist/2020.js", "@noble/ciphers/aes.js", "@noble/hashes/sha2.js"]) {
      expect(preloaded).toMatch(new RegExp(`__webpack_require__\\([^)]*${name}"\\)`));
    }
  });
});
