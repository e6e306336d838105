/** LuaRuntime: one Lua engine with every module installed, and the sources compiled for it. One per JavaScript thread or sandbox. */
import type { Program } from "../actors/index.js";
import { type Failure, failure } from "../mailbox/index.js";
import { Addresses } from "./addresses.js";
import { type Engine, LuaEngine, type Prototype, type Pushable } from "./fengari.js";
import type { Catalog } from "./libraries.js";
import { createChannelType } from "./modules/channel.js";
import { createErrorValues } from "./modules/errors.js";
import { standardModules } from "./modules/index.js";
import { createPayloadType } from "./modules/payload.js";
import { createMessageType } from "./modules/process.js";
import { createSecurityTypes } from "./modules/security.js";
import { createTimeTypes } from "./modules/time.js";
import type { LuaProcess, ModuleDefinition, Shared } from "./owner.js";
import { noPackages, type Packages } from "./packages.js";
import { LuaProgram } from "./program.js";
import type { LuaSource } from "./source.js";
import { stripTypes } from "./typed/strip.js";
import { fromPayload, toPayload } from "./value.js";

/** Instructions of one slice of a Lua process: a few hundredths of a millisecond, and so long a message may wait for one that computes. */
export const sliceInstructions = 2_000;

export interface RuntimeOptions {
  /** Modules beside the standard ones; one of the same name replaces it. */
  readonly modules?: readonly ModuleDefinition[];
  /** Told of each exception in a host function, which is a bug of ours; Lua sees "internal error". */
  readonly onInternalError?: (error: unknown) => void;
  readonly maxStringBytes?: number;
  /** What encryption and schemas need; without it a program that uses them sees "internal error". */
  readonly packages?: Packages;
}

export interface ProgramOptions {
  /** Instructions until another process gets its turn; without it the program is never pre-empted (sandbox). */
  readonly sliceInstructions?: number;
  /** Instructions from an input until the process waits; past it the process ends with RESOURCE_EXHAUSTED. */
  readonly budgetInstructions?: number;
  /** Mixed into the seed of `math.random`, which otherwise follows from the pid and its incarnation. */
  readonly seed?: number;
}

export class LuaRuntime {
  private readonly shared: Shared;
  private readonly catalog: Catalog;
  private readonly modules = new Map<string, Pushable>();
  /** By hash of the source. */
  private readonly compiled = new Map<string, Prototype | Failure>();

  constructor(options: RuntimeOptions = {}) {
    const { modules = [], packages = noPackages, ...engineOptions } = options;
    const engine = new LuaEngine<LuaProcess>(engineOptions);
    this.shared = sharedOf(engine, packages);
    const prototype = (source: LuaSource): Prototype => {
      const code = this.prototype(source);
      if ("message" in code) throw new Error(`${source.id} was not compiled before it ran: ${code.message}`);
      return code;
    };
    this.catalog = { engine, modules: this.modules, prototype };
    this.install([...standardModules, ...modules]);
  }

  /** Names that `require` can load. */
  get moduleNames(): readonly string[] {
    return [...this.modules.keys()];
  }

  /** Compile a source and its imports, once per hash. A Failure is INVALID and starts with `file:line:`. */
  compile(source: LuaSource): Failure | undefined {
    const main = this.prototype(source);
    if ("message" in main) return main;
    for (const library of Object.values(source.imports)) {
      const problem = this.compile(library);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** A program for one process. */
  program(source: LuaSource, options: ProgramOptions = {}): Program | Failure {
    const problem = this.compile(source);
    if (problem !== undefined) return problem;
    return new LuaProgram(source, this.shared, this.catalog, {
      sliceInstructions: options.sliceInstructions,
      budgetInstructions: options.budgetInstructions,
      seed: options.seed ?? 0,
    });
  }

  private prototype(source: LuaSource): Prototype | Failure {
    let code = this.compiled.get(source.hash);
    if (code === undefined) {
      const result = compileTyped(this.catalog.engine, source);
      code = typeof result === "string" ? failure("INVALID", result, { retryable: false }) : result;
      this.compiled.set(source.hash, code);
    }
    return code;
  }

  private install(definitions: readonly ModuleDefinition[]): void {
    const { engine } = this.catalog;
    for (const definition of definitions) {
      const value = definition.build(this.shared);
      this.modules.set(definition.name, value);
      if (definition.global) engine.shared.set(definition.name, value);
    }
    engine.shared.set(
      "require",
      engine.fn("require", (call) => call.owner.libraries.require(call, call.owner.source)),
    );
    engine.shared.freeze();
  }
}

/** A text says what is wrong with the source, and where. */
function compileTyped(engine: Engine<LuaProcess>, { text, chunkName }: LuaSource): Prototype | string {
  const lua = stripTypes(text);
  if (lua.kind === "malformed") return `${chunkName}:${lua.line}:${lua.column}: ${lua.message}`;
  const result = engine.compile(lua.text, chunkName);
  return result.kind === "prototype" ? result : result.message;
}

function sharedOf(engine: Engine<LuaProcess>, packages: Packages): Shared {
  const shared: Shared = {
    engine,
    packages,
    addresses: new Addresses(),
    ...createErrorValues(engine),
    toPayload: (value) => toPayload(shared, value),
    fromPayload: (payload) => fromPayload(shared, payload),
    types: createTimeTypes(engine),
    channelType: createChannelType(engine),
    messageType: createMessageType(engine),
    payloadType: createPayloadType(engine),
    security: createSecurityTypes(engine),
  };
  return shared;
}
