/** Log records as lines for people: `HH:MM:ss.l LEVEL: message key=value ...`. What is logged is logs.ts. */
import type { PrettyOptions } from "pino-pretty";

interface Colors {
  dim(text: string): string;
}

const ownKeys = new Set(["level", "time", "msg", "stack"]);

/**
 * Options of pino-pretty under which a record is one line; a Lua traceback follows on lines of its own, indented.
 * The message carries the fields, because pino-pretty itself would put each on a line and take `pid` for that of this process.
 */
export function lineOptions(color: boolean): PrettyOptions {
  return {
    colorize: color,
    translateTime: "SYS:HH:MM:ss.l",
    customPrettifiers: { time: (time) => String(time) },
    ignore: "pid,hostname,name",
    hideObject: true,
    // Its types know the one colour function they show in an example; the value is a whole colorette.
    messageFormat: (record, key, _label, { colors }) => recordText(record, key, colors as unknown as Colors),
  };
}

function recordText(record: Readonly<Record<string, unknown>>, messageKey: string, colors: Colors): string {
  const fields = Object.entries(record).filter(([name]) => !ownKeys.has(name));
  const shown = fields.map(([name, value]) => ` ${name}=${valueText(value)}`).join("");
  const stack =
    typeof record.stack === "string"
      ? record.stack.split("\n").map((line) => `\n    ${visible(line.replace(/^\t/, "  "))}`)
      : [];
  return visible(String(record[messageKey] ?? "")) + (shown === "" ? "" : colors.dim(shown)) + stack.join("");
}

/** A plain word as it is, everything else as JSON. */
function valueText(value: unknown): string {
  const text = typeof value === "string" && /^[^\s"=\\]+$/.test(value) ? value : JSON.stringify(value);
  return visible(text ?? String(value));
}

/** Control characters as escapes: a program's text must not break the line or steer the terminal. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) =>
    char === "\t" ? " " : char === "\n" ? "\\n" : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
