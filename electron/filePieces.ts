/** Long files are read piece by piece, so that neither this process nor a page stands still while one crosses. */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { FilePiece } from "./ipcContract.ts";

/** A page takes some 10 ms for it. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** Equal while nobody has written the file: what a hash of its text is to a short one. */
export const stampOf = ({ size, mtimeMs, ino }: Stats): string =>
  createHash("sha256").update(`${size} ${mtimeMs} ${ino}`).digest("base64url").slice(0, 22);

/** Bytes of a character, by its first one in UTF-8; 0: it goes on with another. */
const lengthOfCharacter = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

/** The length without the beginning of a character that ends beyond. */
const wholeCharacters = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const length = lengthOfCharacter(bytes[bytes.length - back] as number);
    if (length > 0) return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
};

export const readPiece = async (file: FileHandle, at: number, size: number): Promise<FilePiece> => {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, at);
  const read = buffer.subarray(0, bytesRead);
  const isLast = bytesRead === 0 || at + bytesRead >= size;
  const end = isLast ? bytesRead : wholeCharacters(read);
  return { text: read.toString("utf8", 0, end), next: isLast ? null : at + end };
};

/** The bytes of a file, opened when the first are asked for. A piece is that of whoever has it until the next is asked for. */
export async function* bytesOfFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const bytes = new Uint8Array(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
