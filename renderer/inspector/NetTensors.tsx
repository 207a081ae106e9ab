/** The weights that a layer has in the trained net that was opened, before a run measures them. */
import { useCallback } from "react";
import { type DocumentNode, describeAnew, type TensorWeights } from "../../engine/index.ts";
import { formatCount, formatReadout, NO_BREAK_SPACE, NOT_FINITE } from "../charts/format.ts";
import { HistogramPlot } from "../charts/HistogramPlot.tsx";
import { useDocument } from "../document/documentStore.ts";
import { layerOfNet, netWords, useShownNet } from "../run/shownNet.ts";
import { startingFit } from "../run/startingNet.ts";
import { wordsOf } from "./paramControls.ts";
import { useElementWidth } from "./useElementWidth.ts";

const HEIGHT = 34;

/** `0.002 ± 0.11`, and how many values are not finite. */
const momentsWords = ({ mean, std, nonFinite }: TensorWeights): string => {
  if (Number.isNaN(mean)) return NOT_FINITE;
  const moments = `${formatReadout(mean, std)}${NO_BREAK_SPACE}±${NO_BREAK_SPACE}${formatReadout(std)}`;
  return nonFinite === 0 ? moments : `${moments}, ${formatCount(nonFinite)}${NO_BREAK_SPACE}${NOT_FINITE}`;
};

const Tensor = ({ tensor, width }: { readonly tensor: TensorWeights; readonly width: number }) => {
  const read = useCallback(() => tensor.histogram, [tensor]);
  const title = wordsOf(tensor.name);
  return (
    <>
      <div className="output-head">
        <h4 className="output-title">{title}</h4>
        <span className="output-fact">{momentsWords(tensor)}</span>
      </div>
      <HistogramPlot label={title} read={read} width={width} height={HEIGHT} ticks="ends" />
    </>
  );
};

export const NetTensors = ({ node }: { readonly node: DocumentNode }) => {
  const net = useShownNet();
  const program = useDocument(({ compiled }) => compiled.program);
  const [box, width] = useElementWidth();
  if (net === null || node.bypassed) return null;
  const anew = startingFit(program, net)?.anew.find(({ nodeId }) => nodeId === node.id);
  if (anew !== undefined) {
    return <p className="inspector-empty">{`${anew.name} ${describeAnew(anew, net.name)}.`}</p>;
  }
  const layer = layerOfNet(net, node.id);
  if (layer === null) return null;
  return (
    <div ref={box} className="output-charts">
      <div className="output-head">
        <p className="output-fact" title={netWords(net)}>
          {netWords(net)}
        </p>
      </div>
      {layer.tensors.map((tensor) => (
        <Tensor key={`${net.number} ${tensor.name}`} tensor={tensor} width={width} />
      ))}
    </div>
  );
};
