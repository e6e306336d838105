/** The schemas that one engine has compiled, by their text. */
import type { Call } from "../../../fengari.js";
import type { LuaProcess } from "../../../owner.js";
import type { Run } from "./checks.js";
import { compileSchema, type Misfit, type Validator } from "./compile.js";
import { prepareSchema, SchemaProblem } from "./prepare.js";

const maxSchemaLength = 64 * 1024;
/** Of an engine, and of one process. */
const maxKept = 256;
/** Instructions; measured. */
const compileCost = { schema: 6000, call: 20_000 };
/** Of each validation, beside what its steps cost: texts are made and read. */
const lookUpCost = 1000;
/** What is spent before it is booked. */
const spendAtOnce = 1000;

export class SchemaBook {
  private readonly kept = new Map<string, Validator>();
  private call: Call<LuaProcess> | undefined;
  private spent = 0;
  private readonly run: Run = { spend: (cost) => this.spend(cost), empty: new Set() };

  /**
   * What does not fit, or why the schema cannot be used. `fromLua`: the schema was a table. `empty` are values that may be arrays or
   * objects. Throws only when the budget is used up.
   */
  check(
    call: Call<LuaProcess>,
    schema: { readonly text: string; readonly fromLua: boolean },
    value: unknown,
    empty: readonly unknown[],
  ): readonly Misfit[] | string | undefined {
    call.charge(lookUpCost + schema.text.length);
    this.call = call;
    this.spent = 0;
    this.run.empty.clear();
    for (const one of empty) this.run.empty.add(one);
    try {
      const misfits = this.validator(call, schema).misfits(value);
      this.book();
      return misfits;
    } catch (error) {
      if (error instanceof SchemaProblem) return error.message;
      if (error instanceof RangeError) return "schema refers to itself without end";
      throw error;
    } finally {
      this.call = undefined;
      this.run.empty.clear();
    }
  }

  private validator(call: Call<LuaProcess>, { text, fromLua }: { text: string; fromLua: boolean }): Validator {
    if (text.length > maxSchemaLength)
      throw new SchemaProblem(`schema is longer than ${maxSchemaLength} characters of JSON`);
    const key = `${fromLua ? "lua" : "json"}:${text}`;
    const seen = call.owner.state("json.schemas", () => new Map<string, number>());
    const known = this.kept.get(key);
    // What a process pays depends on nobody else, or a replay would not come to the same end.
    const cost = seen.get(key);
    if (cost === undefined || known === undefined) {
      const prepared = prepareSchema(JSON.parse(text), fromLua);
      if (cost === undefined) {
        keep(seen, key, prepared.schemas);
        call.charge(compileCost.call + prepared.schemas * compileCost.schema);
      }
      const validator = known ?? compileSchema(prepared, call.owner.shared.packages, this.run);
      keep(this.kept, key, validator);
      return validator;
    }
    keep(seen, key, cost);
    keep(this.kept, key, known);
    return known;
  }

  private spend(cost: number): void {
    this.spent += cost;
    if (this.spent > spendAtOnce) this.book();
  }

  private book(): void {
    const { spent } = this;
    this.spent = 0;
    this.call?.charge(spent);
  }
}

/** The one that was used longest ago goes. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > maxKept) map.delete(map.keys().next().value!);
}
