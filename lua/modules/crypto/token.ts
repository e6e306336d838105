/** JSON Web Tokens as text: three parts in base64url. Signing and what claims mean is elsewhere. Source: RFC 7515. */
import { base64, decodeUtf8, encodeUtf8, fromBase64 } from "../../../mailbox/index.js";

export type Algorithm = "HS256" | "HS384" | "HS512" | "RS256";

export const algorithms: readonly Algorithm[] = ["HS256", "HS384", "HS512", "RS256"];

/** The digest of each algorithm with a shared secret. */
export const secretDigests = { HS256: "sha256", HS384: "sha384", HS512: "sha512" } as const;

/** Characters; longer texts are no tokens. */
export const maxTokenLength = 512 * 1024;

export interface Token {
  /** What the signature is of. */
  readonly signed: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly claimsText: string;
  readonly signature: Uint8Array;
}

type JsonObject = Readonly<Record<string, unknown>>;

export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export const base64urlText = (text: string): string => base64url(encodeUtf8(text));

/** Undefined for what is no token, whoever may have signed it. */
export function parseToken(text: string): Token | undefined {
  const [header, claims, signature, ...more] = text.split(".").map(part);
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return undefined;
  const headerObject = jsonObject(decodeUtf8(header));
  const claimsText = decodeUtf8(claims);
  const claimsObject = jsonObject(claimsText);
  if (headerObject === undefined || claimsText === undefined || claimsObject === undefined) return undefined;
  const signed = text.slice(0, text.lastIndexOf("."));
  return { signed, header: headerObject, claims: claimsObject, claimsText, signature };
}

function part(text: string): Uint8Array | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  const padded = text
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .padEnd(Math.ceil(text.length / 4) * 4, "=");
  return fromBase64(padded);
}

function jsonObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
