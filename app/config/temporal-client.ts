/** Schema of temporal.client: where a Temporal service is and how to prove who we are. */

import { z } from "zod";
import { duration, entryFields, fields, flag, lifecycle, text } from "./fields.js";

/** Where a secret is. A path is relative to the app directory; nothing is read here. */
export type Secret =
  | { readonly from: "text"; readonly value: string }
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "environment"; readonly variable: string };

export type TemporalAuth =
  | { readonly type: "none" }
  | { readonly type: "api_key"; readonly apiKey: Secret }
  | { readonly type: "mtls"; readonly certificate: Secret; readonly key: Secret };

const apiKeyFields = ["api_key", "api_key_file", "api_key_env"] as const;
const certificateFields = ["cert_file", "cert_pem"] as const;
const keyFields = ["key_file", "key_pem", "key_pem_env"] as const;
const fieldsOfType = {
  none: [],
  api_key: apiKeyFields,
  mtls: [...certificateFields, ...keyFields],
} as const;

type SecretField = (typeof apiKeyFields | typeof certificateFields | typeof keyFields)[number];
type Given = { readonly type: keyof typeof fieldsOfType } & { readonly [K in SecretField]?: string | undefined };

function exactlyOne(given: Given, names: readonly SecretField[], context: z.RefinementCtx): Secret {
  const present = names.filter((name) => given[name] !== undefined);
  const [name] = present;
  const value = name === undefined ? undefined : given[name];
  if (present.length !== 1 || name === undefined || value === undefined) {
    const found = present.length === 0 ? "it has none" : `it has ${present.join(" and ")}`;
    context.addIssue({
      code: "custom",
      message: `of type ${given.type} needs exactly one of ${names.join(", ")}; ${found}`,
    });
    return z.NEVER;
  }
  if (name.endsWith("_file")) return { from: "file", path: value };
  if (name.endsWith("_env")) return { from: "environment", variable: value };
  return { from: "text", value };
}

const auth = fields({
  type: z.enum(["none", "api_key", "mtls"]).default("none"),
  api_key: text.optional(),
  api_key_file: text.optional(),
  api_key_env: text.optional(),
  cert_file: text.optional(),
  cert_pem: text.optional(),
  key_file: text.optional(),
  key_pem: text.optional(),
  key_pem_env: text.optional(),
})
  .transform((given, context): TemporalAuth => {
    const mine: readonly string[] = fieldsOfType[given.type];
    for (const name of [...apiKeyFields, ...certificateFields, ...keyFields]) {
      if (given[name] === undefined || mine.includes(name)) continue;
      const type = (apiKeyFields as readonly string[]).includes(name) ? "api_key" : "mtls";
      context.addIssue({ code: "custom", path: [name], message: `is for type ${type}, but the type is ${given.type}` });
    }
    switch (given.type) {
      case "none":
        return { type: "none" };
      case "api_key":
        return { type: "api_key", apiKey: exactlyOne(given, apiKeyFields, context) };
      case "mtls":
        return {
          type: "mtls",
          certificate: exactlyOne(given, certificateFields, context),
          key: exactlyOne(given, keyFields, context),
        };
    }
  })
  .prefault({});

const tls = fields({
  enabled: flag,
  ca_file: text.optional(),
  server_name: text.optional(),
  insecure_skip_verify: flag,
})
  .transform((given, context) => {
    if (given.insecure_skip_verify && given.server_name !== undefined) {
      const message = "does not go with server_name: without verification no name is compared; remove one of them";
      context.addIssue({ code: "custom", path: ["insecure_skip_verify"], message });
    }
    return {
      enabled: given.enabled,
      caFile: given.ca_file,
      serverName: given.server_name,
      insecureSkipVerify: given.insecure_skip_verify,
    };
  })
  .prefault({});

const healthCheck = fields({ enabled: flag, interval: duration.default(30_000) })
  .transform((given) => ({ enabled: given.enabled, intervalMs: given.interval }))
  .prefault({});

export const temporalClient = entryFields({
  address: text,
  namespace: text.default("default"),
  tq_prefix: z.string().default(""),
  connection_timeout: duration.default(10_000),
  keep_alive_time: duration.default(30_000),
  keep_alive_timeout: duration.default(10_000),
  auth,
  tls,
  health_check: healthCheck,
  lifecycle,
}).transform((given) => ({
  address: given.address,
  /** The YAML field `namespace`; `namespace` of the result is the entry's own. */
  temporalNamespace: given.namespace,
  /** Put before every worker's task queue as it is. */
  taskQueuePrefix: given.tq_prefix,
  connectionTimeoutMs: given.connection_timeout,
  keepAliveTimeMs: given.keep_alive_time,
  keepAliveTimeoutMs: given.keep_alive_timeout,
  auth: given.auth,
  tls: given.tls,
  healthCheck: given.health_check,
  lifecycle: given.lifecycle,
}));
