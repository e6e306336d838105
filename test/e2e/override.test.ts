/** `perdure run --override`: an entry that is another for one run. */
import { describe, expect, it } from "vitest";
import { perdure, writeApp } from "./command.js";

const app = writeApp({
  "_index.yaml": `namespace: t
entries:
  - {name: processes, kind: process.host}
  - {name: durable, kind: temporal.worker, client: temporal, task_queue: q}
  - {name: temporal, kind: temporal.client, address: "127.0.0.1:1", connection_timeout: 100ms}
  - {name: who, kind: function.lua, method: who, source: 'return { who = function() return "file" end }'}
`,
});
const other = `t:who:source='return { who = function() return "option" end }'`;

describe("perdure run --override", () => {
  it("starts the entry as the option says, wherever the option stands", async () => {
    const inMemory = ["-o", "t:durable={kind: process.host}"];
    expect(await perdure(["run", ...inMemory, app, "t:who"])).toMatchObject({ code: 0, stdout: '"file"\n' });
    expect(await perdure(["run", app, "t:who", ...inMemory, "--override", other])).toMatchObject({
      code: 0,
      stdout: '"option"\n',
    });
  });

  it("does not start a Temporal client that no worker uses", async () => {
    const { code, stderr } = await perdure(["run", "-o", "t:durable={kind: process.host}", app, "t:who"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect((await perdure(["run", app, "t:who"])).stderr).toContain("temporal.client t:temporal did not start");
  });

  it("ends with 2 and the option as the place when it is wrong", async () => {
    const unknown = await perdure(["run", "-o", "t:durabel={kind: process.host}", app, "t:who"]);
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toBe('--override t:durabel: there is no entry t:durabel (did you mean "t:durable"?)\n');
    const field = await perdure(["run", "-o", "t:processes:host.max_processes=many", app, "t:who"]);
    expect(field).toMatchObject({ code: 2, stdout: "" });
    expect(field.stderr).toBe(
      '--override t:processes:host.max_processes: t:processes: "host.max_processes" must be a number, not the text "many"\n',
    );
  });
});
