/** The service `crypto` of a node: RSA signatures and slow key derivation, off the thread that runs programs. */
import { createPrivateKey, createPublicKey, type KeyObject, pbkdf2, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { type NodeService, type Outcome, type PayloadRecord, unknownOperation } from "../actors/index.js";
import { base64, bytesPayload, failure, fromBase64, type Payload } from "../mailbox/index.js";

const [pbkdf2Async, signAsync, verifyAsync] = [promisify(pbkdf2), promisify(sign), promisify(verify)];

/** At once; the threads behind it are few, and serve files and names too. */
const maxConcurrent = 2;
/** RFC 7518 asks for 2048; past the upper bound one signature takes seconds. */
const keyBits = { min: 2048, max: 8192 };
const maxIterations = 10_000_000;
const maxKeyBytes = 1024;

/** What is wrong with the arguments. */
class Refusal extends Error {}

type Operation = (args: PayloadRecord) => Promise<Payload>;

const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    "pbkdf2",
    async (args) => {
      const [password, salt] = [bytesField(args, "password"), bytesField(args, "salt")];
      const [iterations, length] = [
        countField(args, "iterations", maxIterations),
        countField(args, "length", maxKeyBytes),
      ];
      const { hash } = args;
      if (hash !== "sha256" && hash !== "sha512") throw new Refusal("hash must be sha256 or sha512");
      return bytesPayload(base64(await pbkdf2Async(password, salt, iterations, length, hash)));
    },
  ],
  [
    "rs256_sign",
    async (args) => {
      const key = rsaKey(() => createPrivateKey(textField(args, "key")), "private");
      return bytesPayload(base64(await signAsync("sha256", Buffer.from(textField(args, "data")), key)));
    },
  ],
  [
    "rs256_verify",
    async (args) => {
      const key = rsaKey(() => createPublicKey(textField(args, "key")), "public");
      return verifyAsync("sha256", Buffer.from(textField(args, "data")), key, bytesField(args, "signature"));
    },
  ],
]);

export function cryptoService(): NodeService {
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = async (): Promise<void> => {
    if (running >= maxConcurrent) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
  };
  const done = (): void => {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  };
  return {
    ask: async (_caller, name, args): Promise<Outcome> => {
      const operation = operations.get(name);
      if (operation === undefined) return { ok: false, error: unknownOperation("crypto", name) };
      await turn();
      try {
        return { ok: true, value: await operation(args) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { ok: false, error: failure("INVALID", error.message, { retryable: false }) };
      } finally {
        done();
      }
    },
  };
}

/** The parser's own words are left out: they differ between versions, and a program may store them. */
function rsaKey(read: () => KeyObject, kind: "private" | "public"): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new Refusal(`key must be a ${kind} RSA key as PEM`);
  }
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa") throw new Refusal(`key must be an RSA key, got ${key.asymmetricKeyType}`);
  if (modulusLength < keyBits.min || modulusLength > keyBits.max) {
    throw new Refusal(`key must have ${keyBits.min} to ${keyBits.max} bits, got ${modulusLength}`);
  }
  return key;
}

function textField(args: PayloadRecord, name: string): string {
  const value = args[name];
  if (typeof value === "string") return value;
  throw new Refusal(`${name} must be text`);
}

function bytesField(args: PayloadRecord, name: string): Uint8Array {
  const value = args[name] as { readonly $bytes?: Payload } | null | undefined;
  const bytes = typeof value?.$bytes === "string" ? fromBase64(value.$bytes) : undefined;
  if (bytes !== undefined) return bytes;
  throw new Refusal(`${name} must be bytes`);
}

function countField(args: PayloadRecord, name: string, max: number): number {
  const value = args[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Refusal(`${name} must be a whole number from 1 to ${max}`);
}
