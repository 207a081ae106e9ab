/** Objects and lists that stay the same as long as what they show does: React and React Flow pass by what they have seen. */
import { useMemo, useRef } from "react";
import { sameContent } from "../document/sameContent.ts";

/** The list before, where the new one has the very same items: nothing that goes by it has to be worked out again. */
export const sameList = <T extends readonly unknown[]>(before: T, now: T): T =>
  before.length === now.length && now.every((item, index) => item === before[index]) ? before : now;

interface Kept<T> {
  readonly list: readonly T[];
  readonly byKey: ReadonlyMap<string, T>;
}

/** Keeps the previous object of a key where the new one shows the same, and the list where all do. */
export const useStable = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => {
  const previous = useRef<Kept<T>>({ list: [], byKey: new Map() });
  return useMemo(() => {
    const { list, byKey } = previous.current;
    const stable = sameList(
      list,
      items.map((item) => {
        const old = byKey.get(keyOf(item));
        return old !== undefined && sameContent(old, item) ? old : item;
      }),
    );
    if (stable !== list) previous.current = { list: stable, byKey: new Map(stable.map((item) => [keyOf(item), item])) };
    return stable;
  }, [items, keyOf]);
};
