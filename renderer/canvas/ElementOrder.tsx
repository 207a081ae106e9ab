/**
 * The order of the elements of layers, which is that of the keyboard. A loose layer that is connected comes earlier in it: React would take all elements
 * between its two places out of the page and put them back, 30 ms with 500 layers. So React keeps them in the order in which they came (`FlowHandover`),
 * and here as few as can be are moved.
 */
import { useStore } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";
import type { FlowHandover } from "./flowStore.ts";
import { sameList } from "./stableItems.ts";

/** Which of the numbers, all different, make the longest list that grows: by index. */
export const longestGrowing = (numbers: readonly number[]): ReadonlySet<number> => {
  /** For each length, the index of the least number with which such a list may end. */
  const ends: number[] = [];
  const before: number[] = [];
  for (const [index, number] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    before[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  }
  const longest = new Set<number>();
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) longest.add(index);
  return longest;
};

/** Puts the children in this order; the keyboard stays where it is. */
export const orderElements = (parent: Element, ids: readonly string[]): void => {
  const ranks = new Map(ids.map((id, rank) => [id, rank]));
  const found = [...parent.children].flatMap((element) => {
    const rank = ranks.get(element.getAttribute("data-id") ?? "");
    return rank === undefined ? [] : [{ element, rank }];
  });
  if (found.every(({ rank }, index) => index === 0 || rank > (found[index - 1]?.rank ?? 0))) return;
  const staying = longestGrowing(found.map(({ rank }) => rank));
  const stays = new Set([...staying].map((index) => found[index]?.element));
  const focused = document.activeElement;
  let next: Element | null = null;
  for (const { element } of found.sort((a, b) => b.rank - a.rank)) {
    if (!stays.has(element)) parent.insertBefore(element, next);
    next = element;
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused))
    focused.focus({ preventScroll: true });
};

export const ElementOrder = ({ handover }: { readonly handover: FlowHandover }) => {
  const nodes = useStore((state) => state.nodes);
  const root = useStore((state) => state.domNode);
  const ordered = useRef<readonly string[]>([]);
  // React has put new elements on the page by now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the order may be another whenever there are other nodes
  useLayoutEffect(() => {
    const order = handover.order();
    // React moves none of the elements that stay.
    if (sameList(ordered.current, order) === ordered.current) return;
    const parent = root?.querySelector(".react-flow__node")?.parentElement;
    if (!parent) return;
    orderElements(parent, order);
    ordered.current = order;
  }, [root, handover, nodes]);
  return null;
};
