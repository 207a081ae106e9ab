import { compile, layerOf, parse } from "../../engine/index.ts";
import { familyClass, KindGlyph } from "../palette/KindGlyph.tsx";

const WIDTH = 320;
const HEIGHT = 114;
/** Nets of more layers than fit at this size get smaller tiles. */
const LARGE = { tile: 26, perRow: 8, most: 24 } as const;
const SMALL = { tile: 20, perRow: 11 } as const;
/** How far above its row an edge passes that skips layers. */
const ARC = 5;

interface PlacedTile {
  readonly id: string;
  readonly kind: string;
  readonly row: number;
  readonly index: number;
  /** Centre. */
  readonly x: number;
  readonly y: number;
}

/** The layers in the order in which they compute, as text is read: row after row. */
const place = (
  kinds: readonly { readonly id: string; readonly kind: string }[],
): { readonly tile: number; readonly tiles: readonly PlacedTile[] } => {
  const { tile, perRow: most } = kinds.length <= LARGE.most ? LARGE : SMALL;
  const rows = Math.ceil(kinds.length / most);
  const perRow = Math.ceil(kinds.length / rows);
  const gap = WIDTH / perRow;
  const tiles = kinds.map(({ id, kind }, index) => {
    const row = Math.floor(index / perRow);
    const inRow = Math.min(perRow, kinds.length - row * perRow);
    return {
      ...{ id, kind, row, index },
      x: (WIDTH - (inRow - 1) * gap) / 2 + (index % perRow) * gap,
      y: (HEIGHT / (rows + 1)) * (row + 1),
    };
  });
  return { tile, tiles };
};

/** Straight to the neighbour, above the row past the layers that it skips, between two rows to the next one. */
const pathOf = (from: PlacedTile, to: PlacedTile, tile: number): string => {
  if (from.row !== to.row) {
    const middle = from.y + ((to.y - from.y) / Math.max(1, to.row - from.row)) * 0.5;
    return `M${from.x} ${from.y}V${middle}H${to.x}V${to.y}`;
  }
  if (to.index === from.index + 1) return `M${from.x} ${from.y}H${to.x}`;
  return `M${from.x} ${from.y}V${from.y - tile / 2 - ARC}H${to.x}V${to.y}`;
};

/** The structure of a document's net, in small. */
export const NetPicture = ({ text }: { readonly text: string }) => {
  const parsed = parse(text);
  const layers = parsed.ok ? (compile(parsed.value).program?.layers ?? []) : [];
  const { tile, tiles } = place(layers.map(({ nodeId, kind }) => ({ id: nodeId, kind })));
  const byId = new Map(tiles.map((placed) => [placed.id, placed]));
  return (
    <svg className="net-picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {layers.flatMap(({ nodeId, inputs }) =>
        inputs.map((input) => {
          const [from, to] = [byId.get(input), byId.get(nodeId)];
          if (!from || !to) return null;
          return <path key={`${input} ${nodeId}`} className="net-picture-edge" d={pathOf(from, to, tile)} />;
        }),
      )}
      {tiles.map(({ id, kind, x, y }) => {
        const family = layerOf(kind)?.family ?? null;
        const glyph = Math.round(tile * 0.62);
        return (
          <g key={id} className={familyClass(family)} transform={`translate(${x - tile / 2} ${y - tile / 2})`}>
            <rect className="net-picture-tile" width={tile} height={tile} rx={tile / 4} />
            <g className="net-picture-glyph" transform={`translate(${(tile - glyph) / 2} ${(tile - glyph) / 2})`}>
              <KindGlyph kind={kind} family={family} size={glyph} />
            </g>
          </g>
        );
      })}
    </svg>
  );
};
