/** The outputs of one layer for the sample: a map a channel, or a bar a feature. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { InspectedSample } from "../../engine/protocol.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import { formatCount, formatRange, formatReadout } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import { Segments } from "../statistics/Segments.tsx";
import { changeSample, setBench, useBench } from "./benchStore.ts";
import { channelsTable } from "./benchTables.ts";
import { layerSections } from "./exportBench.ts";
import { areaOf, type LayerOutput, largestMagnitude, outputOf, shownLayer } from "./layerOutputs.ts";
import { MapCanvas } from "./MapCanvas.tsx";
import "./LayerOutputs.css";

const TILES = [176, 144, 112, 88, 64, 44];
const GAP = 8;
const CAPTION = 26;

/** The largest tiles of which all fit the room; the smallest where none do. */
const sizeOfTile = (channels: number, width: number, height: number): number =>
  TILES.find((size) => {
    const columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
    return Math.ceil(channels / columns) * (size + CAPTION) <= height;
  }) ?? 44;

interface OutputProps {
  readonly sample: InspectedSample;
  readonly layer: LayerOutput;
  /** Of the room, px. */
  readonly width: number;
  readonly height: number;
}

const Maps = ({ sample, layer, ...room }: OutputProps) => {
  const shared = useBench((state) => state.sharedScale);
  const [, height = 1, width = 1] = layer.shape;
  const maps = useMemo(() => {
    const values = outputOf(sample, layer);
    const area = areaOf(layer);
    return Array.from({ length: layer.channels }, (_, channel) =>
      values.subarray(channel * area, (channel + 1) * area),
    );
  }, [sample, layer]);
  const limit = Math.max(Math.abs(layer.min), Math.abs(layer.max));
  const size = sizeOfTile(maps.length, room.width, room.height);
  return (
    <ul className="bench-maps">
      {maps.map((values, channel) => {
        const own = largestMagnitude(values);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: channels never move
          <li key={channel} data-tooltip={`Channel ${channel}: ${formatRange(...rangeOf(values))}`}>
            <MapCanvas {...{ values, width, height, size }} limit={shared ? limit : own} label={null} />
            <span>{shared ? channel : `${channel}: ±${formatReadout(own)}`}</span>
          </li>
        );
      })}
    </ul>
  );
};

const rangeOf = (values: Float32Array): [number, number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
};

const Bars = ({ sample, layer, height }: OutputProps) => {
  const values = useMemo(() => outputOf(sample, layer), [sample, layer]);
  const low = Math.min(0, layer.min);
  const span = Math.max(0, layer.max) - low || 1;
  return (
    <ul className="bench-features" style={{ height: Math.max(120, Math.min(320, height)) }}>
      {[...values].map((value, feature) => {
        const at = Number.isFinite(value) ? value : 0;
        const [from, to] = [(Math.min(0, at) - low) / span, (Math.max(0, at) - low) / span];
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: features never move
            key={feature}
            className={value < 0 ? "is-negative" : ""}
            data-tooltip={`Feature ${feature}: ${formatReadout(value)}`}
          >
            <span style={{ bottom: `${100 * from}%`, height: `max(1px, ${100 * (to - from)}%)` }} />
          </li>
        );
      })}
    </ul>
  );
};

interface Props {
  readonly sample: InspectedSample;
  /** Names of the nodes as the run trains them. */
  readonly nameOf: (nodeId: string) => string;
}

export const LayerOutputs = ({ sample, nameOf }: Props) => {
  const nodeId = useBench((state) => state.nodeId);
  const shared = useBench((state) => state.sharedScale);
  const layer = shownLayer(sample, nodeId);
  const [asTable, setAsTable] = useState(false);
  const box = useRef<HTMLElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setRoom({ width: element.clientWidth - 18, height: element.clientHeight - 18 });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  if (layer === null) return null;
  const isMaps = layer.shape.length === 3;
  const total = layer.shape[0] ?? 0;
  const range = `${formatReadout(layer.min)} … ${formatReadout(layer.max)}`;
  return (
    <section className="bench-layers" aria-label="Layer outputs">
      <div className="bench-layer-list" role="radiogroup" aria-label="Layer">
        {sample.layers.map((each) => (
          <LayerChoice
            key={each.nodeId}
            layer={each}
            isShown={each === layer}
            name={nameOf(each.nodeId)}
            sample={sample}
          />
        ))}
      </div>
      <div className="bench-output">
        <header>
          <h2 title={nameOf(layer.nodeId)}>{nameOf(layer.nodeId)}</h2>
          <span className="bench-shape">{layer.shape.join("×")}</span>
          <span>{`${range}${layer.nonFinite > 0 ? `, ${formatCount(layer.nonFinite)} not finite` : ""}`}</span>
          <span className="statistics-space" />
          {isMaps && !asTable && (
            <Segments
              label="Scale"
              value={shared ? "shared" : "each"}
              options={[
                { id: "shared", title: "One", hint: "One scale for all maps of the layer" },
                { id: "each", title: "Each map" },
              ]}
              onChange={(next) => setBench({ sharedScale: next === "shared" })}
            />
          )}
          <ChartTools
            of="the layer's output"
            table={{ isShown: asTable, show: setAsTable }}
            sections={() => layerSections(sample, layer, nameOf(layer.nodeId), shared)}
          />
        </header>
        {!asTable && (
          <div className="bench-legend" aria-hidden="true">
            <span>{shared || !isMaps ? formatReadout(-Math.max(Math.abs(layer.min), Math.abs(layer.max))) : "−"}</span>
            <i className="bench-ramp" />
            <span>{shared || !isMaps ? formatReadout(Math.max(Math.abs(layer.min), Math.abs(layer.max))) : "+"}</span>
          </div>
        )}
        {layer.channels < total && (
          <p className="bench-hint">
            {`The first ${formatCount(layer.channels)} of ${formatCount(total)} ${isMaps ? "maps" : "features"}. `}
            {nodeId !== layer.nodeId && "Choose the layer to see more."}
          </p>
        )}
        {asTable && (
          <div className="bench-numbers">
            <NumberTable
              label={`Numbers of ${nameOf(layer.nodeId)}`}
              caption={null}
              table={channelsTable(sample, layer)}
              rest={isMaps ? "maps" : "features"}
            />
          </div>
        )}
        <section
          ref={box}
          hidden={asTable}
          className="bench-scroll"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard
          tabIndex={0}
          aria-label={`${formatCount(layer.channels)} ${isMaps ? "feature maps" : "features"} of ${nameOf(layer.nodeId)}, ${range}`}
        >
          {isMaps ? <Maps {...{ sample, layer }} {...room} /> : <Bars {...{ sample, layer }} {...room} />}
        </section>
      </div>
    </section>
  );
};

const LayerChoice = (props: {
  readonly layer: LayerOutput;
  readonly isShown: boolean;
  readonly name: string;
  readonly sample: InspectedSample;
}) => {
  const { layer, isShown, name, sample } = props;
  const choose = (next: LayerOutput | undefined): void => {
    if (next === undefined) return;
    // Only where not all of it came is there more to ask for.
    const more = next.channels < (next.shape[0] ?? 0);
    (more ? changeSample : setBench)({ nodeId: next.nodeId });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: arrow keys and the look of a list
    <button
      type="button"
      role="radio"
      aria-checked={isShown}
      tabIndex={isShown ? 0 : -1}
      data-layer={layer.nodeId}
      onClick={() => choose(layer)}
      onKeyDown={(event) => {
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        const next = sample.layers[sample.layers.indexOf(layer) + by];
        choose(next);
        event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-layer="${next?.nodeId}"]`)?.focus();
      }}
    >
      <span>{name}</span>
      <span className="bench-shape">{layer.shape.join("×")}</span>
    </button>
  );
};
