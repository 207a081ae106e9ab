/**
 * Whether two JSON values say the same, whatever the order of keys. Documents share what an edit leaves alone, so that this looks at little
 * more than what it changed. −0 is not 0: a file tells them apart.
 */
export const sameContent = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameContent(item, b[index]));
  }
  // Read by key: at every edit this compares what all nodes show, and lists of entries cost more than the comparison.
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameContent(Reflect.get(a, key), Reflect.get(b, key)))
  );
};
