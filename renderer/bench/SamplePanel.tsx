/** What the net is shown: a test sample, a drawing, a picture or a row of numbers. */
import { useMemo, useState } from "react";
import { counted } from "../../engine/index.ts";
import type { InspectedSample } from "../../engine/protocol.ts";
import { formatRange } from "../charts/format.ts";
import { isTextField } from "../commands/command.ts";
import { matchesShortcut } from "../commands/shortcut.ts";
import { benchStore, changeSample, hasStroke, takeBackStroke, takesPictures, useBench } from "./benchStore.ts";
import { DrawingTools } from "./DrawingTools.tsx";
import { outputOf } from "./layerOutputs.ts";
import { MapCanvas } from "./MapCanvas.tsx";
import { OpenPicture } from "./OpenPicture.tsx";
import { Picture } from "./Picture.tsx";
import { bytesOf, canBeCentred, centreCrop, type Plane } from "./preprocess.ts";
import { RowFields } from "./RowFields.tsx";
import { SheetCanvas } from "./SheetCanvas.tsx";
import { TestSampleRow } from "./TestSampleRow.tsx";
import "./SamplePanel.css";

const PAD = 248;
const SMALL = 76;

/** The raw picture in its own colours, whatever the net makes of them. */
const shownPicture = (planes: readonly Plane[]): { readonly bytes: Uint8Array; readonly shape: number[] } => {
  const [{ width, height } = { width: 1, height: 1 }] = planes;
  const scale = Math.min(1, (2 * PAD) / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  return { bytes: bytesOf(planes.map((plane) => centreCrop(plane, w, h))), shape: [planes.length, h, w] };
};

const Raw = (props: { readonly sample: InspectedSample; readonly thickness: number; readonly erases: boolean }) => {
  const { sample } = props;
  const source = useBench((state) => state.source);
  const { sampleShape, stored } = sample;
  const channels = sampleShape[0] ?? 1;
  const raw = useMemo(() => {
    if (source.type === "picture") return shownPicture(source.planes);
    return { bytes: new Uint8Array(stored), shape: sampleShape };
  }, [source, stored, sampleShape]);
  const sheet = source.type === "drawing" ? (source.planes[0] ?? null) : null;
  return (
    <div className="bench-pad" style={{ width: PAD, height: PAD }}>
      {sheet === null && (
        <Picture {...raw} size={PAD} label={source.type === "test" ? `Test sample ${source.index}` : "The picture"} />
      )}
      {channels === 1 && <SheetCanvas sheet={sheet} size={PAD} thickness={props.thickness} erases={props.erases} />}
    </div>
  );
};

/** What became of it on the way into the net. */
const Prepared = ({ sample }: { readonly sample: InspectedSample }) => {
  const source = useBench((state) => state.source);
  const [input] = sample.layers;
  const stored = useMemo(() => new Uint8Array(sample.stored), [sample]);
  const isImage = input !== undefined && input.shape.length === 3;
  const values = useMemo(() => (input === undefined ? new Float32Array() : outputOf(sample, input)), [sample, input]);
  const [channels = 1, height = 1, width = 1] = sample.sampleShape;
  return (
    <div className="bench-prepared">
      <figure>
        <Picture bytes={stored} shape={sample.sampleShape} size={SMALL} label="What is stored" />
        <figcaption>
          {source.type === "test" ? "Stored" : "Prepared"}
          <br />
          {`${width}×${height}, 0 … 255`}
        </figcaption>
      </figure>
      <figure>
        {isImage ? (
          <MapCanvas
            values={values.subarray(0, height * width)}
            width={width}
            height={height}
            limit={Math.max(Math.abs(input.min), Math.abs(input.max))}
            size={SMALL}
            label="What enters the net"
          />
        ) : (
          <span className="bench-flat">{`${counted(values.length, "value")} in a row`}</span>
        )}
        <figcaption>
          {channels === 1 ? "Enters the net" : "Enters, red"}
          <br />
          {input === undefined ? "" : formatRange(input.min, input.max)}
        </figcaption>
      </figure>
    </div>
  );
};

/** How a drawing or a picture was prepared, and whether anything is left of it. */
const PreparedNote = ({ sample, isCentred }: { readonly sample: InspectedSample; readonly isCentred: boolean }) => {
  const source = useBench((state) => state.source);
  const isBlank = useMemo(() => new Set(new Uint8Array(sample.stored)).size < 2, [sample]);
  const [channels = 1, height = 28, width = 28] = sample.sampleShape;
  if (isBlank) {
    const what = source.type === "drawing" ? "The sheet is empty" : "The picture has one colour only";
    return <p className="bench-hint">{`${what}: the net answers all the same.`}</p>;
  }
  if (isCentred) {
    return (
      <p className="bench-hint">
        {source.type === "picture" ? "The paper set to 0, cropped" : "Cropped"} to the ink, its longer side scaled to{" "}
        {Math.round((width * 20) / 28)}, its centre of mass in the middle of {width}×{height}: as LeCun’s page describes
        MNIST.
      </p>
    );
  }
  if (source.type !== "picture") return null;
  return (
    <p className="bench-hint">
      {`The middle of the picture${channels === 1 ? " in grey" : ""}, resized to ${width}×${height} by area.`}
    </p>
  );
};

export const SamplePanel = ({
  sample,
  testCount,
}: {
  readonly sample: InspectedSample;
  readonly testCount: number;
}) => {
  const source = useBench((state) => state.source);
  const centre = useBench((state) => state.centre);
  const invert = useBench((state) => state.invert);
  const [thickness, setThickness] = useState(22);
  const [erases, setErases] = useState(false);
  const { sampleShape } = sample;
  const channels = sampleShape[0] ?? 1;
  const isImage = takesPictures(sample);
  const isCentred = centre && canBeCentred(sampleShape);
  return (
    <section
      className="bench-sample"
      aria-label="Sample"
      onKeyDown={(event) => {
        if (isTextField(event.target) || !matchesShortcut(event.nativeEvent, "Mod+Z")) return;
        if (!hasStroke(benchStore.getState())) return;
        // The undo of the document waits until the drawing has nothing left to take back.
        event.preventDefault();
        takeBackStroke();
      }}
    >
      <h2>Sample</h2>
      {testCount > 0 && <TestSampleRow index={source.type === "test" ? source.index : null} count={testCount} />}
      {isImage ? (
        <>
          <Raw sample={sample} thickness={thickness} erases={erases} />
          {channels === 1 && (
            <DrawingTools thickness={thickness} erases={erases} onThickness={setThickness} onErases={setErases} />
          )}
          <div className="bench-row">
            <OpenPicture channels={channels} />
            <span className="bench-hint">or paste, or drop one</span>
          </div>
          {source.type !== "test" && channels === 1 && (
            <div className="bench-row">
              {canBeCentred(sampleShape) && (
                <label className="bench-check">
                  <input
                    type="checkbox"
                    checked={centre}
                    onChange={(event) => changeSample({ centre: event.target.checked })}
                  />
                  Centre as MNIST
                </label>
              )}
              <label className="bench-check">
                <input
                  type="checkbox"
                  checked={invert}
                  onChange={(event) => changeSample({ invert: event.target.checked })}
                />
                Invert
              </label>
            </div>
          )}
          <Prepared sample={sample} />
          {source.type !== "test" && <PreparedNote sample={sample} isCentred={isCentred} />}
        </>
      ) : (
        <RowFields sample={sample} />
      )}
    </section>
  );
};
