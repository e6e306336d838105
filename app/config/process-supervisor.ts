/** Schema of supervision trees as entries. What the fields of a tree are, and what is wrong with one, is decided by supervision/. */

import { z } from "zod";
import { toPayload } from "../../mailbox/index.js";
import { notAnId, readSupervisor } from "../../supervision/index.js";
import { entryFields, entryId, lifecycle } from "./fields.js";

export const processSupervisor = entryFields({
  strategy: z.unknown().optional(),
  intensity: z.unknown().optional(),
  period: z.unknown().optional(),
  children: z.unknown().optional(),
  host: entryId,
  lifecycle,
}).transform(({ strategy, intensity, period, children, host, lifecycle }, context) => {
  const given = Object.entries({ strategy, intensity, period, children }).filter(([, value]) => value !== undefined);
  const spec = toPayload(Object.fromEntries(given));
  for (const { path, message, allowed } of readSupervisor(spec, host).problems) {
    // Names of entries have been looked at before, and are full ids if there is nothing wrong with them.
    if (message === notAnId) continue;
    if (allowed === undefined) context.addIssue({ code: "custom", path: [...path], message });
    else {
      const key = String(path.at(-1));
      context.addIssue({
        code: "unrecognized_keys",
        keys: [key],
        path: path.slice(0, -1),
        message: allowed.join(", "),
        input: context.value as Record<string, unknown>,
      });
    }
  }
  return {
    host,
    /** The argument of the supervisor, a payload. */
    spec: spec as unknown,
    lifecycle,
  };
});
