/** The Response userdata: what an endpoint function answers. Two spellings: a chain that raises, and calls that return errors. */
import { encodeUtf8, failure } from "../../../mailbox/index.js";
import type { Call, MethodFunction, UserdataType } from "../../fengari.js";
import type { LuaProcess, Shared } from "../../owner.js";
import { encodeJson } from "../json/encode.js";
import { contentTypes, transfers } from "./constants.js";
import type { ResponseDraft } from "./exchange.js";

type Method = MethodFunction<ResponseDraft, LuaProcess>;

/** Do one thing to the response; the text says why not. */
type Action = (call: Call<LuaProcess>, self: ResponseDraft) => string | undefined;

/**
 * - Chain: `status(code)`, `header(name, value)`, `json(value)`, `text(text)` return the response and raise INVALID.
 * - Calls: `set_status`, `set_header`, `set_content_type`, `write`, `write_json`, `flush`, `set_transfer`, `write_event` return nil
 *   or an error (always, of server-sent events: they are not there yet).
 *
 * The status is 200 unless set. Headers of the connection and of the body's length are refused. Status and headers cannot change after
 * the first write. `flush` only ends that phase: the response is
 * sent as a whole when the function returns.
 */
export function responseType(shared: Shared): UserdataType<ResponseDraft> {
  const invalid = (problem: string) => shared.pushableError(failure("INVALID", problem, { retryable: false }));
  const type: UserdataType<ResponseDraft> = shared.engine.userdataType<ResponseDraft>("http.Response", {
    methods: {
      ...each(
        { status: setStatus, header: setHeader, json: writeJson(shared), text: writeText },
        (action) => (call, self) => {
          const problem = action(call, self);
          if (problem !== undefined) call.raise(invalid(problem));
          call.push(type.wrap(self));
        },
      ),
      ...each(
        {
          set_status: setStatus,
          set_header: setHeader,
          set_content_type: setContentType,
          write,
          write_json: writeJson(shared),
          flush,
          set_transfer: setTransfer,
          write_event: () => "server-sent events are not available in this version; answer with write_json",
        },
        (action) => (call, self) => {
          const problem = action(call, self);
          call.push(problem === undefined ? undefined : invalid(problem));
        },
      ),
    },
  });
  return type;
}

function each(actions: Readonly<Record<string, Action>>, method: (action: Action) => Method): Record<string, Method> {
  return Object.fromEntries(Object.entries(actions).map(([name, action]) => [name, method(action)]));
}

const tooLate = (what: string): string => `${what} cannot change after the first write`;

const setStatus: Action = (call, self) => {
  const code = call.checkNumber(2);
  if (!Number.isInteger(code) || code < 200 || code > 599)
    return `status ${call.tostring(2)} is not between 200 and 599`;
  if (self.begun) return tooLate("the status");
  self.status = code;
  return undefined;
};

/** They say where the body ends: with another length than its own, the rest would be read as the next response. */
const serversOwn: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function valueProblem(what: string, value: string): string | undefined {
  if (/[\r\n]/.test(value)) return `${what} contains a line break`;
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : `${what} contains a character that HTTP cannot carry`;
}

const setHeader: Action = (call, self) => {
  const [name, value] = [call.checkString(2), call.checkString(3)];
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return `${JSON.stringify(name)} is not a header name`;
  if (serversOwn.has(name.toLowerCase())) return `header ${name} is the server's own`;
  const problem = valueProblem(`the value of header ${name}`, value);
  if (problem !== undefined) return problem;
  if (self.begun) return tooLate(`header ${name}`);
  self.headers.set(name.toLowerCase(), { name, value });
  return undefined;
};

const setContentType: Action = (call, self) => {
  const value = call.checkString(2);
  const problem = valueProblem("the content type", value);
  if (problem !== undefined) return problem;
  if (self.begun) return tooLate("the content type");
  self.headers.set("content-type", { name: "Content-Type", value });
  return undefined;
};

const write: Action = (call, self) => {
  append(self, call.checkBytes(2), undefined);
  return undefined;
};

const writeText: Action = (call, self) => {
  append(self, call.checkBytes(2), `${contentTypes.TEXT}; charset=utf-8`);
  return undefined;
};

function writeJson(shared: Shared): Action {
  return (call, self) => {
    const result = encodeJson(shared, call.get(2));
    if (!result.ok) return result.problem;
    append(self, encodeUtf8(result.text), contentTypes.JSON);
    return undefined;
  };
}

const flush: Action = (_, self) => {
  self.begun = true;
  return undefined;
};

const setTransfer: Action = (call, self) => {
  const mode = call.checkString(2);
  if (mode !== transfers.CHUNKED) return `transfer "${mode}" is not supported; use "${transfers.CHUNKED}"`;
  return self.begun ? tooLate("the transfer") : undefined;
};

/** The content type is the default for this kind of write: one that was set stays. */
function append(self: ResponseDraft, bytes: Uint8Array, contentType: string | undefined): void {
  if (!self.begun && contentType !== undefined && !self.headers.has("content-type")) {
    self.headers.set("content-type", { name: "Content-Type", value: contentType });
  }
  self.begun = true;
  self.chunks.push(bytes.slice());
}
