/** Members of a tar archive (POSIX ustar): blocks of 512 bytes, a header with name and octal size, then the content. */
import { counted } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";

const BLOCK = 512;

const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
};

/** Ordinary files by the last part of their names. The error is a clause. */
export const readTar = (bytes: Uint8Array): Result<ReadonlyMap<string, Uint8Array>, string> => {
  const members = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const name = textOf(header.subarray(0, 100));
    const size = Number.parseInt(textOf(header.subarray(124, 136)).trim() || "0", 8);
    if (!Number.isInteger(size) || at + BLOCK + size > bytes.length) {
      return err(`its member ${name} does not fit: ${counted(size, "byte")}, ${bytes.length - at - BLOCK} are left`);
    }
    const type = header[156];
    const last = name.split("/").at(-1) ?? name;
    if ((type === 0 || type === 0x30) && last !== "") members.set(last, bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return ok(members);
};
