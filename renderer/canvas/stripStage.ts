/**
 * All strips of all nodes on a picture of their own. A canvas of its own in every node would be a compositor layer each, and with 200
 * nodes arranging the layers costs the browser a hundred times more than drawing the strips. The stage lies over the nodes, moves
 * with the view, and leaves out what a node further in front covers.
 */
import type { InternalNode } from "@xyflow/react";
import { createContext, useContext } from "react";
import type { Position } from "../../engine/index.ts";
import { chartColors } from "../charts/colors.ts";
import { drawOnce } from "../charts/drawQueue.ts";
import { type BadgeDrawing, drawBadge, withBadge } from "./badgeDrawing.ts";
import { boxesByHeight } from "./boxesByHeight.ts";
import { type Box, overlaps, unionOf } from "./geometry.ts";
import { GuidePicture } from "./guidePicture.ts";
import type { Guide } from "./guides.ts";
import { LiftedPicture } from "./liftedPicture.ts";
import { drawGlyph, type GlyphDrawing } from "./nodeGlyph.ts";
import { drawReadouts, type ReadoutDrawing } from "./readoutDrawing.ts";
import { type Draw, type FlowState, type FlowStore, type Stage, type StageContext, ViewCanvas } from "./viewCanvas.ts";
import { zoomLevel } from "./zoomLevel.ts";

/** One picture in the box of a node, in px at zoom 1 from its upper left corner. */
export interface StripPart {
  readonly image: HTMLCanvasElement;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a node shows on the stage. */
export interface NodeDrawing {
  readonly parts: readonly StripPart[];
  /** Measured before an edit: pictures step back, the cursor is grey. */
  readonly stale: boolean;
  /** The line at the step shown, or null. */
  cursor: { readonly left: number; readonly top: number; readonly width: number; readonly height: number } | null;
  /** What is written beside the strips, or null. */
  readouts: ReadoutDrawing | null;
  /** Out of view when the run moved on, so that it must be drawn before it is shown. */
  outdated: boolean;
  /** Brings pictures, texts and cursor up to date. */
  readonly draw: () => void;
}

interface DueBadge {
  /** Null: none. */
  readonly badge: BadgeDrawing | null;
  readonly changed: () => void;
}

interface PlacedNode {
  readonly box: Box;
  readonly z: number;
}

const STALE_OPACITY = 0.38;

export class StripStage implements Stage {
  readonly #drawings = new Map<string, NodeDrawing>();
  readonly #glyphs = new Map<string, GlyphDrawing>();
  readonly #badges = new Map<string, BadgeDrawing>();
  /** What badges will be with the next drawing of their nodes. */
  readonly #dueBadges = new Map<string, DueBadge>();
  readonly #view = new ViewCanvas(() => this.#content());
  /** Where nodes stand that a hand has moved, and not yet the document. */
  #carried: Readonly<Record<string, Position>> = {};
  /** Nodes whose elements take their pictures along. */
  readonly #lifted = new Map<string, LiftedPicture>();
  readonly #liftedDue = new Set<string>();
  #guides: GuidePicture | null = null;
  #element: HTMLElement | null = null;
  /** Where nodes stand in the last picture. */
  #placed = new Map<string, PlacedNode>();
  /** Of which places the box around all was asked for, and that box. */
  #around: { readonly placed: ReadonlyMap<string, PlacedNode>; readonly box: Box } | null = null;
  /** What changed since the last picture; null when all must be drawn. */
  #changed: Box[] | null = null;
  #pending = false;

  /** Shows the strips in the element until the returned function is called. */
  attach(element: HTMLElement, store: FlowStore): () => void {
    this.#element = element;
    this.#view.attach(element, store);
    this.redraw();
    return () => {
      this.hideGuides();
      this.#element = null;
      this.#view.detach();
    };
  }

  /** Puts a node's drawing on the stage; returns how to take it off. */
  add(nodeId: string, drawing: NodeDrawing): () => void {
    this.#drawings.set(nodeId, drawing);
    this.invalidate(nodeId);
    return () => {
      if (this.#drawings.get(nodeId) === drawing) this.#drawings.delete(nodeId);
      this.invalidate(nodeId);
    };
  }

  /** Puts a node's glyph on the stage; returns how to take it off. */
  addGlyph(nodeId: string, glyph: GlyphDrawing): () => void {
    this.#glyphs.set(nodeId, glyph);
    this.invalidate(nodeId);
    return () => {
      if (this.#glyphs.get(nodeId) === glyph) this.#glyphs.delete(nodeId);
      this.invalidate(nodeId);
    };
  }

  /**
   * Gives a node this badge, or takes it away: with its next drawing, so that strips and badge of one measurement come together, or after all
   * that is due. `changed` is called then, unless another badge is given before.
   */
  showBadge(nodeId: string, badge: BadgeDrawing | null, changed: () => void = () => undefined): void {
    this.#dueBadges.set(nodeId, { badge, changed });
    drawOnce(
      () => this.settleBadge(nodeId),
      () => this.tilesOf(nodeId),
    );
  }

  /** Draws the node now if it is to have another badge. */
  settleBadge(nodeId: string): void {
    if (this.#dueBadges.has(nodeId)) this.invalidate(nodeId);
  }

  /** Whether a part of the node is in view. */
  isVisible(nodeId: string): boolean {
    const node = this.#view.state?.nodeLookup.get(nodeId);
    return node !== undefined && this.#view.isInView(this.#boxOf(node));
  }

  /** On which tile the middle of the node is. */
  tileOf(nodeId: string): number {
    const box = this.#placed.get(nodeId)?.box;
    return box === undefined ? 0 : this.#view.tileAt((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  }

  /** The tiles that the node is on. */
  tilesOf(nodeId: string): readonly string[] {
    const box = this.#placed.get(nodeId)?.box;
    return box === undefined || this.#lifted.has(nodeId)
      ? []
      : this.#view.tilesUnder(this.#extentOf(nodeId, box)).map((tile) => `strips ${tile}`);
  }

  /**
   * Puts a node's picture on its element, which is shown above the stage and takes the picture along without anything being drawn; returns how to
   * put it back on the stage.
   */
  lift(nodeId: string, element: HTMLElement): () => void {
    const place = this.#placed.get(nodeId);
    const picture = new LiftedPicture(element);
    this.#lifted.set(nodeId, picture);
    this.invalidate(nodeId);
    if (place !== undefined) this.#change(this.#extentOf(nodeId, place.box));
    return () => {
      picture.remove();
      this.#lifted.delete(nodeId);
      this.invalidate(nodeId);
    };
  }

  /** Draws nodes elsewhere than React Flow has them; all others where it has them. */
  carry(positions: Readonly<Record<string, Position>>): void {
    const ids = [...Object.keys(this.#carried), ...Object.keys(positions)];
    this.#carried = positions;
    // Nothing of a lifted node is on the stage.
    const areLifted = ids.every((id) => this.#lifted.has(id));
    if (!areLifted || Object.keys(positions).length === 0) this.nodesChanged();
  }

  /** Draws these guides above all nodes that are not lifted, and no others. */
  showGuides(guides: readonly Guide[]): void {
    const [{ state }, element] = [this.#view, this.#element];
    if (state === null || element === null) return;
    this.#guides ??= new GuidePicture(element);
    this.#guides.show(guides, state);
  }

  /** No more guides until others are shown. */
  hideGuides(): void {
    this.#guides?.remove();
    this.#guides = null;
  }

  #boxOf({ id, internals, measured }: InternalNode): Box {
    const { x, y } = this.#carried[id] ?? internals.positionAbsolute;
    return { left: x, top: y, right: x + (measured.width ?? 0), bottom: y + (measured.height ?? 0) };
  }

  /** Its box, with its badge if it wears one. */
  #extentOf(nodeId: string, box: Box): Box {
    return this.#badges.has(nodeId) ? withBadge(box) : box;
  }

  #applyBadge(nodeId: string): void {
    const due = this.#dueBadges.get(nodeId);
    if (due === undefined) return;
    this.#dueBadges.delete(nodeId);
    if (due.badge === null) this.#badges.delete(nodeId);
    else this.#badges.set(nodeId, due.badge);
    due.changed();
  }

  /** The box around all nodes, whether they wear badges or not. */
  #content(): Box | null {
    const placed = this.#placed;
    if (placed.size === 0) return null;
    if (this.#around?.placed !== placed) {
      this.#around = { placed, box: withBadge(unionOf([...placed.values()].map(({ box }) => box))) };
    }
    return this.#around.box;
  }

  #placesOf({ nodeLookup }: FlowState): Map<string, PlacedNode> {
    return new Map([...nodeLookup].map(([nodeId, node]) => [nodeId, { box: this.#boxOf(node), z: node.internals.z }]));
  }

  /** Nodes came, went or moved: some are drawn anew where they were and where they are. */
  nodesChanged(): void {
    const { state } = this.#view;
    if (state === null) return;
    const before = this.#placed;
    this.#placed = this.#placesOf(state);
    for (const [nodeId, was] of before) if (!this.#placed.has(nodeId)) this.#change(this.#extentOf(nodeId, was.box));
    const raised: string[] = [];
    for (const [nodeId, { box, z }] of this.#placed) {
      const was = before.get(nodeId);
      if (this.#lifted.has(nodeId)) continue;
      if (was !== undefined && sameBox(was.box, box)) {
        if (was.z !== z) raised.push(nodeId);
        continue;
      }
      if (was !== undefined) this.#change(this.#extentOf(nodeId, was.box));
      this.#change(this.#extentOf(nodeId, box));
    }
    this.#raised(raised);
  }

  /** Which of two nodes is in front shows only where they overlap. */
  #raised(nodeIds: readonly string[]): void {
    if (nodeIds.length === 0) return;
    const boxes = boxesByHeight([...this.#placed].map(([id, { box }]) => ({ id, box })));
    for (const nodeId of nodeIds) {
      const box = this.#placed.get(nodeId)?.box;
      if (box === undefined) continue;
      const covers = boxes.isAnyBeside(box, (other) => other.id !== nodeId && overlaps(other.box, box, 0));
      if (covers) this.#change(box);
    }
  }

  /** Redraws a node, once after everything that is going on now and before the next picture is shown. */
  invalidate(nodeId: string): void {
    const place = this.#placed.get(nodeId);
    const hadBadge = this.#badges.has(nodeId);
    this.#applyBadge(nodeId);
    if (this.#lifted.has(nodeId)) {
      this.#liftedDue.add(nodeId);
      this.#schedule();
    } else if (place !== undefined) this.#change(hadBadge ? withBadge(place.box) : this.#extentOf(nodeId, place.box));
  }

  #change(box: Box): void {
    this.#changed?.push(box);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      const [changed, { state }] = [this.#changed, this.#view];
      if (state === null) return;
      this.#drawLifted(state);
      if (changed?.length === 0) return;
      if (changed === null || !this.#view.reaches(state)) this.redraw();
      else {
        this.#view.drawWithin(changed, this.#drawing(state));
        this.#changed = [];
      }
    });
  }

  /** The view has moved, and the strips with it: they are drawn anew where it shows what the picture does not reach or what has changed. */
  viewMoved(): void {
    const { state } = this.#view;
    if (state === null) return;
    if (!this.#view.reaches(state)) {
      this.redraw();
      return;
    }
    for (const [nodeId, { outdated }] of this.#drawings) {
      if (outdated && this.isVisible(nodeId)) this.invalidate(nodeId);
    }
  }

  /** Redraws all at once. */
  redraw(): void {
    const { state } = this.#view;
    if (state === null) return;
    this.#placed = this.#placesOf(state);
    for (const nodeId of this.#dueBadges.keys()) this.#applyBadge(nodeId);
    for (const nodeId of this.#lifted.keys()) this.#liftedDue.add(nodeId);
    this.#drawLifted(state);
    if (this.#view.drawAnew(this.#drawing(state))) this.#changed = [];
  }

  #drawLifted({ nodeLookup, transform: [, , zoom] }: FlowState): void {
    for (const nodeId of this.#liftedDue) {
      const [node, picture] = [nodeLookup.get(nodeId), this.#lifted.get(nodeId)];
      if (node === undefined) continue;
      const box = this.#boxOf(node);
      picture?.draw(box, this.#extentOf(nodeId, box), zoom, (context) => this.#drawNode(context, node, zoom));
    }
    this.#liftedDue.clear();
  }

  /** For all tiles of one picture. */
  #drawing(state: FlowState): Draw {
    const zoom = state.transform[2];
    const nodes = fromBack(state).flatMap((node) =>
      this.#lifted.has(node.id) ? [] : [{ node, box: this.#extentOf(node.id, this.#boxOf(node)) }],
    );
    return (context, isDue) => {
      for (const { node, box } of nodes) if (isDue(box)) this.#drawNode(context, node, zoom);
    };
  }

  #drawNode(context: StageContext, node: InternalNode, zoom: number): void {
    const { left, top, right, bottom } = this.#boxOf(node);
    context.clearRect(left, top, right - left, bottom - top);
    const glyph = this.#glyphs.get(node.id);
    if (glyph !== undefined) drawGlyph(context, [left, top], glyph, zoom);
    const drawing = this.#drawings.get(node.id);
    if (drawing !== undefined) this.#drawStrips(context, [left, top], drawing);
    const badge = this.#badges.get(node.id);
    if (badge !== undefined) drawBadge(context, [left, top], badge, zoomLevel(zoom));
  }

  #drawStrips(context: StageContext, [left, top]: readonly [number, number], drawing: NodeDrawing): void {
    if (drawing.outdated) drawing.draw();
    context.globalAlpha = drawing.stale ? STALE_OPACITY : 1;
    for (const part of drawing.parts) {
      context.drawImage(part.image, left + part.left, top + part.top, part.width, part.height);
    }
    context.globalAlpha = 1;
    const { cursor, readouts, stale } = drawing;
    const colors = chartColors();
    if (readouts !== null) drawReadouts(context, [left, top], readouts, stale, colors);
    if (cursor === null) return;
    context.fillStyle = stale ? colors.text3 : colors.accent;
    context.fillRect(left + cursor.left, top + cursor.top, cursor.width, cursor.height);
  }
}

const fromBack = ({ nodeLookup }: FlowState): readonly InternalNode[] =>
  [...nodeLookup.values()].sort((a, b) => a.internals.z - b.internals.z);

const sameBox = (a: Box, b: Box): boolean =>
  a.left === b.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom;

export const StripStageContext = createContext<StripStage | null>(null);

export const useStripStage = (): StripStage | null => useContext(StripStageContext);
