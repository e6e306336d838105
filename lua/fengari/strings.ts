/** Strings of Lua and texts of the host: each is kept beside the other, as topics and pids cross the border again and again. */
import { type lua_State, TString, type TValue } from "#fengari/index.js";
import { decodeUtf8, encodeUtf8 } from "../../mailbox/index.js";

/** Longest text, in UTF-16 units, that is kept beside its string, and the other way round. */
const keptLength = 64;
/** Strings that are kept for the next time that their text enters Lua. */
const keptStrings = 1024;

/** What the host reads a string as; undefined when it is not valid UTF-8. */
export function textOf(string: TString): string | undefined {
  if (string.text !== undefined) return string.text;
  const text = decodeUtf8(string.getstr());
  if (text !== undefined && text.length <= keptLength) string.text = text;
  return text;
}

/** A string of a text; of a short one the same each time. */
export function stringOf(L: lua_State, text: string): TString {
  if (text.length > keptLength) return new TString(L, encodeUtf8(text));
  const { strings } = L.l_G;
  let string = strings.get(text);
  if (string === undefined) {
    string = new TString(L, encodeUtf8(text));
    if (strings.size >= keptStrings) strings.clear();
    strings.set(text, string);
  }
  return string;
}

/** Bytes of a value when it is a string about to be pushed, else 0. */
export function stringBytes(slot: TValue): number {
  return slot.ttisstring() ? slot.svalue().length : 0;
}
