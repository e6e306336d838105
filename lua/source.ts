/** LuaSource: everything about an entry that its program needs, as plain data, so that it can be hashed, stored and sent. */

export type LuaEntryKind = "function.lua" | "process.lua" | "workflow.lua" | "library.lua";

export interface LuaSource {
  /** Registry id, `ns:name`. */
  readonly id: string;
  readonly kind: LuaEntryKind;
  readonly text: string;
  /** How errors and tracebacks name it, such as `orders/desk.lua`. */
  readonly chunkName: string;
  /** Key of the entry point in the module table; "" for a library. */
  readonly method: string;
  /** Names that `require` may load. */
  readonly modules: readonly string[];
  /** Alias of each imported library -> its source. */
  readonly imports: { readonly [alias: string]: LuaSource };
  /** SHA-256 in hex over all of the above, imports included. */
  readonly hash: string;
}
