import { compile, layerOf, parse } from "../../engine/index.ts";
import { familyClass, KindGlyph } from "../palette/KindGlyph.tsx";
import type { Example } from "./examples.ts";

const WIDTH = 320;
const HEIGHT = 114;
const TILE = 26;
const PER_ROW = 8;

interface PlacedTile {
  readonly id: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
}

/** The layers in the order in which they compute, as text is read: row after row. */
const place = (kinds: readonly { readonly id: string; readonly kind: string }[]): readonly PlacedTile[] => {
  const rows = Math.ceil(kinds.length / PER_ROW);
  const perRow = Math.ceil(kinds.length / rows);
  return kinds.map(({ id, kind }, index) => {
    const row = Math.floor(index / perRow);
    const inRow = Math.min(perRow, kinds.length - row * perRow);
    const gap = WIDTH / perRow;
    return {
      id,
      kind,
      x: (WIDTH - (inRow - 1) * gap) / 2 + (index % perRow) * gap - TILE / 2 - (perRow - inRow) * (gap / 2),
      y: (HEIGHT / (rows + 1)) * (row + 1) - TILE / 2,
    };
  });
};

/** The structure of an example's net: what a card shows before the example was trained on this computer. */
export const NetPicture = ({ example }: { example: Example }) => {
  const parsed = parse(example.text);
  const layers = parsed.ok ? (compile(parsed.value).program?.layers ?? []) : [];
  const tiles = place(layers.map(({ nodeId, kind }) => ({ id: nodeId, kind })));
  return (
    <svg className="net-picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {tiles.slice(1).map((tile, index) => {
        const before = tiles[index];
        if (!before) return null;
        const middle = (tile.y + before.y) / 2 + TILE / 2;
        const sameRow = before.y === tile.y;
        return (
          <path
            key={tile.id}
            className="net-picture-edge"
            d={
              sameRow
                ? `M${before.x + TILE} ${before.y + TILE / 2}H${tile.x}`
                : `M${before.x + TILE / 2} ${before.y + TILE}V${middle}H${tile.x + TILE / 2}V${tile.y}`
            }
          />
        );
      })}
      {tiles.map(({ id, kind, x, y }) => {
        const family = layerOf(kind)?.family ?? null;
        return (
          <g key={id} className={familyClass(family)} transform={`translate(${x} ${y})`}>
            <rect className="net-picture-tile" width={TILE} height={TILE} rx="6" />
            <g className="net-picture-glyph" transform="translate(5 5)">
              <KindGlyph kind={kind} family={family} size={16} />
            </g>
          </g>
        );
      })}
    </svg>
  );
};
