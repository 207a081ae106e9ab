/** Nodes that an edit moves, other than by hand, glide to their new places. */
import { useLayoutEffect, useMemo, useRef } from "react";
import { flushSync } from "react-dom";
import type { LayerscopeDocument, Position } from "../../engine/index.ts";
import { reducesMotion } from "../theme/motion.ts";
import type { Positions } from "./flowElements.ts";

/** `--duration-layout`. */
const DURATION_MS = 240;

/** `--ease-out`, cubic-bezier(.2, 0, 0, 1): its y at the x that has passed. */
export const easeOut = (x: number): number => {
  const bezier = (t: number, p1: number, p2: number): number =>
    3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t ** 2 * p2 + t ** 3;
  let [low, high] = [0, 1];
  for (let step = 0; step < 24; step += 1) {
    const t = (low + high) / 2;
    if (bezier(t, 0.2, 0) < x) low = t;
    else high = t;
  }
  return bezier((low + high) / 2, 0, 1);
};

/** The nodes that stand elsewhere than they were shown, and where they were. */
export const movedFrom = (
  before: ReadonlyMap<string, Position>,
  { nodes }: Pick<LayerscopeDocument, "nodes">,
): Positions =>
  Object.fromEntries(
    nodes.flatMap(({ id, position }) => {
      const old = before.get(id);
      return old !== undefined && (old.x !== position.x || old.y !== position.y) ? [[id, old] as const] : [];
    }),
  );

export interface Glide {
  /** A node that is taken up glides no farther. */
  readonly stop: () => void;
  /** A button is pressed on a node: whatever glides stands where it is, and a drag begins there. */
  readonly grab: () => void;
  /** The button is let go: what was held and is not dragged glides on. */
  readonly letGo: () => void;
}

/**
 * Whatever an edit (or its undo) moves glides from where it was on the screen. Another document (`openedCount`) is there at once.
 * `setPreview` shows positions for a moment, `carry` past React where it can; `hold` is told what will be carried.
 */
export const useGlide = (
  document: LayerscopeDocument,
  openedCount: number,
  shown: { current: Positions },
  setPreview: (positions: Positions) => void,
  carry: (positions: Positions) => boolean,
  hold: (ids: readonly string[]) => void,
): Glide => {
  const last = useRef({ document, openedCount });
  const { stop, start, grab, letGo } = useMemo(() => {
    let frame: number | null = null;
    let isHeld = false;
    const stopped = (): void => {
      if (frame !== null) window.cancelAnimationFrame(frame);
      frame = null;
      isHeld = false;
    };
    const started = (from: Positions, { nodes }: LayerscopeDocument): void => {
      stopped();
      if (Object.keys(from).length === 0 || reducesMotion()) {
        setPreview({});
        return;
      }
      const targets = new Map(nodes.map(({ id, position }) => [id, position]));
      const startMs = performance.now();
      const show = (positions: Positions): void => {
        shown.current = positions;
        if (!carry(positions)) setPreview(positions);
      };
      const draw = (now: number): void => {
        const share = Math.min(1, Math.max(0, (now - startMs) / DURATION_MS));
        if (share === 1) {
          frame = null;
          setPreview({});
          return;
        }
        const way = easeOut(share);
        show(
          Object.fromEntries(
            Object.entries(from).map(([id, { x, y }]) => {
              const to = targets.get(id) ?? { x, y };
              return [id, { x: x + (to.x - x) * way, y: y + (to.y - y) * way }];
            }),
          ),
        );
        frame = window.requestAnimationFrame(draw);
      };
      hold(Object.keys(from));
      // The next picture is drawn after that: until then nodes may stand where they go to.
      shown.current = from;
      frame = window.requestAnimationFrame(draw);
    };
    return {
      stop: stopped,
      start: started,
      grab: () => {
        if (frame === null) return;
        stopped();
        isHeld = true;
        // At once: React Flow takes a drag up from where it knows a node to be.
        flushSync(() => setPreview(shown.current));
      },
      letGo: () => {
        if (!isHeld) return;
        const { document: open } = last.current;
        started(movedFrom(new Map(Object.entries(shown.current)), open), open);
      },
    };
  }, [shown, setPreview, carry, hold]);
  useLayoutEffect(() => {
    const before = last.current;
    if (before.document === document) return;
    last.current = { document, openedCount };
    const seen = new Map(before.document.nodes.map(({ id, position }) => [id, shown.current[id] ?? position] as const));
    start(before.openedCount === openedCount ? movedFrom(seen, document) : {}, document);
  }, [document, openedCount, shown, start]);
  useLayoutEffect(() => stop, [stop]);
  return useMemo(() => ({ stop, grab, letGo }), [stop, grab, letGo]);
};
