/** Why the system has refused a file, in words that go on after a colon; null: it is no refusal of a file. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EEXIST: "there is something else of that name",
  ENOTDIR: "what should be its folder is a file",
  EACCES: "you are not allowed to",
  EPERM: "you are not allowed to",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your share of the disk is full",
  EFBIG: "it would be larger than the disk allows",
  EIO: "the disk does not answer as it should",
  EISDIR: "it is a folder",
  EBUSY: "another program is using it",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

export const systemReason = (error: unknown): string | null =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? (reasons[error.code] ?? null) : null;
