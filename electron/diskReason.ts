/** Why a disk has refused, in words that go on after a colon. */
import { ReadOnlyFileError } from "./atomicWrite.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "what should be its folder is a file",
  EACCES: "you are not allowed to",
  EPERM: "you are not allowed to",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your share of the disk is full",
  EISDIR: "it is a folder",
  EBUSY: "another program is using it",
  ENAMETOOLONG: "its name is too long",
};

export const diskReason = (error: unknown): string => {
  if (error instanceof ReadOnlyFileError) return "it is read-only; save under another name, or allow writing to it";
  if (error instanceof Error && "code" in error && typeof error.code === "string" && error.code in reasons) {
    return reasons[error.code] ?? error.code;
  }
  return error instanceof Error ? error.message : String(error);
};
