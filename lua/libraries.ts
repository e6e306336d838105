/** `require`: which names it may load, and the libraries that one process has loaded. Building modules is in runtime.ts. */
import type { Call, Engine, HostFunction, LuaFunction, LuaRef, Prototype, Pushable, Suspension } from "./fengari.js";
import type { LuaProcess } from "./owner.js";
import type { LuaSource } from "./source.js";

/** What all processes of one runtime may load from. */
export interface Catalog {
  readonly engine: Engine<LuaProcess>;
  readonly modules: ReadonlyMap<string, Pushable>;
  /** A compiled source; compiled before any process runs it. */
  prototype(source: LuaSource): Prototype;
}

interface Loaded {
  /** Undefined while the library's chunk runs, and for ever after it failed. */
  value: LuaRef | undefined;
}

/** The libraries of one process: each is loaded once, when it is first required, with globals of its own. */
export class Libraries {
  private readonly catalog: Catalog;
  private readonly seed: number;
  private loaded: Map<string, Loaded> | undefined = undefined;

  constructor(catalog: Catalog, seed: number) {
    this.catalog = catalog;
    this.seed = seed;
  }

  /** The `require` of one source: its listed modules and its imports. */
  require(call: Call<LuaProcess>, source: LuaSource): Suspension | undefined {
    const name = call.checkString(1);
    if (Object.hasOwn(source.imports, name)) return this.load(call, source.imports[name]!);
    if (!source.modules.includes(name)) {
      call.error(
        `module '${name}' is not available to ${source.id}: add it to "modules:" of the entry, or a library to "imports:"`,
      );
    }
    if (!this.catalog.modules.has(name)) call.error(`module '${name}' of ${source.id} is not known to this runtime`);
    call.push(this.catalog.modules.get(name));
    return undefined;
  }

  private load(call: Call<LuaProcess>, library: LuaSource): Suspension | undefined {
    const existing = this.loaded?.get(library.id);
    if (existing !== undefined) {
      if (existing.value === undefined) call.error(`library ${library.id} is still being loaded, or failed to load`);
      call.push(existing.value);
      return undefined;
    }
    const entry: Loaded = { value: undefined };
    this.loaded ??= new Map();
    this.loaded.set(library.id, entry);
    return call.callThen(this.chunk(call.owner, library), [], (results) => {
      // As in Lua: a chunk without a value counts as loaded.
      entry.value = results.count === 0 || results.type(1) === "nil" ? results.engine.ref(true) : results.ref(1);
      results.push(entry.value);
    });
  }

  private chunk(owner: LuaProcess, library: LuaSource): LuaFunction {
    const { engine } = this.catalog;
    const body: HostFunction<LuaProcess> = (call) => call.owner.libraries.require(call, library);
    const globals = { require: engine.fn("require", body) };
    const environment = engine.environment({ owner, seed: (this.seed + (this.loaded?.size ?? 0)) >>> 0, globals });
    return engine.instantiate(this.catalog.prototype(library), environment);
  }
}
