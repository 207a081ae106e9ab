/** Where a callout stands beside its node. */
import { type Box, overlaps } from "./geometry.ts";

/** `Up`: its lower border is level with the node's, for nodes near the bottom of the view. */
export type CalloutPlace = "right" | "rightUp" | "below" | "left" | "leftUp" | "above";

export const CALLOUT_GAP = 12;
const WIDTH = 272;
/** With two lines of text and a button. */
const USUAL_HEIGHT = 132;

const boxAt = (place: CalloutPlace, node: Box, height: number): Box => {
  const beside = place.startsWith("right") ? node.right + CALLOUT_GAP : node.left - CALLOUT_GAP - WIDTH;
  const left = place === "below" || place === "above" ? (node.left + node.right - WIDTH) / 2 : beside;
  const top =
    place === "below"
      ? node.bottom + CALLOUT_GAP
      : place === "above"
        ? node.top - CALLOUT_GAP - height
        : place.endsWith("Up")
          ? node.bottom - height
          : node.top;
  return { left, top, right: left + WIDTH, bottom: top + height };
};

const PREFERENCE: readonly CalloutPlace[] = ["right", "rightUp", "below", "left", "leftUp", "above"];

/** All in px of the view: the first place that lies inside, clear of the map, and covers no other node, else the first that lies inside so. */
export const calloutPlace = (
  node: Box,
  others: readonly Box[],
  view: { readonly width: number; readonly height: number },
  map: Box | null,
  height: number = USUAL_HEIGHT,
): CalloutPlace => {
  const inside = PREFERENCE.filter((place) => {
    const box = boxAt(place, node, height);
    if (map !== null && overlaps(box, map, 0)) return false;
    const { left, top, right, bottom } = box;
    return left >= 0 && top >= 0 && right <= view.width && bottom <= view.height;
  });
  const free = inside.find((place) => !others.some((other) => overlaps(boxAt(place, node, height), other, 0)));
  return free ?? inside[0] ?? "right";
};
