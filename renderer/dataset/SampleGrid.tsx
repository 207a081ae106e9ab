import { useCallback, useEffect, useRef, useState } from "react";
import { counted, messageOf } from "../../engine/index.ts";
import type { DatasetDescription } from "../../engine/protocol.ts";
import { chartColors, subscribeTheme } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { openSurface } from "../charts/surface.ts";
import { usePixelRatio } from "../charts/useChartSurface.ts";
import type { DatasetConnection } from "./datasetConnection.ts";
import { drawTiles, gridLayout, type SampleBlock, visibleRange } from "./sampleTiles.ts";

/** Samples that are read at a time. */
const BLOCK = 120;

interface Props {
  readonly connection: DatasetConnection;
  readonly description: DatasetDescription;
  readonly part: "train" | "test";
  readonly label: number | null;
  readonly count: number;
}

/** All samples of a part or class in a scrolled grid; only those in view are read and drawn, on one canvas that stays in place. */
export const SampleGrid = ({ connection, description, part, label, count }: Props) => {
  const scroller = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const blocks = useRef(new Map<number, SampleBlock | "reading">());
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [problem, setProblem] = useState<string | null>(null);
  const ratio = usePixelRatio();
  const layout = gridLayout(description.stores, count, size.width);

  const draw = useCallback((): void => {
    const element = canvas.current;
    const box = scroller.current;
    if (element === null || box === null || size.width === 0) return;
    const range = visibleRange(layout, count, box.scrollTop, size.height);
    for (let start = Math.floor(range.start / BLOCK) * BLOCK; start < range.end; start += BLOCK) {
      if (blocks.current.has(start)) continue;
      blocks.current.set(start, "reading");
      connection
        .read({ part, label, start, count: BLOCK })
        .then(({ numbers, labels, values }) => {
          const stored = description.stores === "bytes" ? new Uint8Array(values) : new Float64Array(values);
          blocks.current.set(start, { numbers, labels, values: stored });
          draw();
        })
        .catch((error: unknown) => setProblem(messageOf(error)));
    }
    const surface = openSurface(element, size.width, size.height, ratio);
    if (surface === null) return;
    surface.context.scale(ratio, ratio);
    drawTiles({
      ...{ context: surface.context, colors: chartColors(), layout, top: box.scrollTop, range },
      ...{ width: size.width, height: size.height, shape: description.shape },
      sampleAt: (position) => {
        const block = blocks.current.get(Math.floor(position / BLOCK) * BLOCK);
        const at = position % BLOCK;
        return block === undefined || block === "reading" || at >= block.numbers.length ? null : { block, at };
      },
      labelOf: (value) =>
        description.targetWidth === null ? (description.classNames[value] ?? "") : formatShort(value),
      fontFamily: getComputedStyle(element).fontFamily,
    });
  }, [connection, description, part, label, count, layout, ratio, size]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another part or class has other samples
  useEffect(() => {
    blocks.current = new Map();
    scroller.current?.scrollTo({ top: 0 });
  }, [connection, description, part, label]);
  useEffect(() => {
    draw();
    return subscribeTheme(draw);
  }, [draw]);
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const observer = new ResizeObserver(() => setSize({ width: box.clientWidth - 24, height: box.clientHeight }));
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  if (problem !== null) return <p className="dataset-problem">{problem}</p>;
  return (
    <section
      ref={scroller}
      className="dataset-samples"
      aria-label={counted(count, "sample")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region needs focus for the keyboard
      tabIndex={0}
      onScroll={draw}
    >
      <canvas ref={canvas} className="dataset-canvas" style={{ width: size.width, height: size.height }} />
      <div className="dataset-extent" style={{ height: Math.max(0, layout.height - size.height) }} />
    </section>
  );
};
