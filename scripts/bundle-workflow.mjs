/** Bundles the compiled workflow entry into one script for `workflowBundle: { code }`. Adds no Lua sources: they are prepended at run time. */
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Node modules fengari asks for in code that no workflow reaches; each is bundled as an empty module. */
const IGNORED_MODULES = ["os", "fs", "child_process", "path", "crypto", "tmp", "readline-sync"];

/** Evaluated once for all workflows of a worker, and not by each: they are large, and keep no state. */
const PRELOADED_MODULES = [
  "ajv/dist/2020.js",
  ...["aes", "chacha"].map((name) => `@noble/ciphers/${name}.js`),
  ...["hmac", "legacy", "pbkdf2", "sha2"].map((name) => `@noble/hashes/${name}.js`),
];

/**
 * Workers insist on an inline source map and rewrite every stack with it (an empty one turns each frame into "null:null:null").
 * This kind holds lines only, without the sources, under names relative to the project: half a megabyte in place of two.
 */
function configureWebpack(config, webpack) {
  config.devtool = "inline-nosources-cheap-module-source-map";
  config.output.devtoolModuleFilenameTemplate = (info) => relative(root, info.absoluteResourcePath);
  // Or webpack would leave the preloading out, as nothing uses what it gives.
  const preloaded = { include: /node_modules\/(ajv|@noble)\//, sideEffects: true };
  config.module = { ...config.module, rules: [...(config.module?.rules ?? []), preloaded] };
  config.plugins = [
    ...(config.plugins ?? []),
    new webpack.DefinePlugin({ "typeof process": JSON.stringify("undefined"), "process.env.FENGARICONF": "void 0" }),
  ];
  return config;
}

/** Webpack's output is kept back and shown only when it fails: a successful bundling is one line. */
function collectingLogger() {
  const lines = [];
  const keep = (message) => lines.push(message);
  return { lines, log: (_level, message) => keep(message), trace() {}, debug() {}, info() {}, warn: keep, error: keep };
}

/** Returns the bundle's code, ending in an inline source map. */
export async function bundleWorkflow(input) {
  // Loaded late, so that a missing input is told at once. webpack is the bundler's own copy: we do not depend on it.
  const require = createRequire(import.meta.url);
  const { bundleWorkflowCode } = require("@temporalio/worker");
  const webpack = createRequire(require.resolve("@temporalio/worker"))("webpack");
  const logger = collectingLogger();
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath: input,
      workflowInterceptorModules: [input],
      ignoreModules: IGNORED_MODULES,
      preloadModules: PRELOADED_MODULES,
      logger,
      webpackConfigHook: (config) => configureWebpack(config, webpack),
    });
    return code;
  } catch (error) {
    throw new Error(`cannot bundle ${input}: ${error.message}\n${logger.lines.join("\n")}`, { cause: error });
  }
}

async function main() {
  const [input = "dist/durability/temporal/workflow/main.js", output = "dist/workflow-bundle.js"] =
    process.argv.slice(2);
  const entry = resolve(root, input);
  const target = resolve(root, output);
  if (!existsSync(entry)) {
    throw new Error(`${entry} does not exist: compile first (npx tsc -b durability/temporal/workflow)`);
  }
  const startedAt = performance.now();
  const code = await bundleWorkflow(entry);
  await mkdir(dirname(target), { recursive: true });
  // A rename, so that a process starting meanwhile never reads half a bundle.
  await writeFile(`${target}.${process.pid}.tmp`, code);
  await rename(`${target}.${process.pid}.tmp`, target);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.error(`workflow bundle: ${output}, ${Math.round(code.length / 1024)} kB, ${seconds} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`bundle-workflow: ${error.message}`);
    process.exitCode = 1;
  });
}
