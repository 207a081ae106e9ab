import { FileInput } from "lucide-react";
import { describeAnew } from "../../engine/index.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { useDocument } from "../document/documentStore.ts";
import { startFromNet, startingFit, useStartingNet } from "../run/startingNet.ts";
import { takersWords } from "../run/startWords.ts";
import { FieldRow, SelectField } from "./fields.tsx";

/** Which layers take the weights of the net, and why others do not. */
const FitNote = () => {
  const net = useStartingNet((start) => start.net);
  const isUsed = useStartingNet((start) => start.isUsed);
  const program = useDocument(({ compiled }) => compiled.program);
  const fit = net && isUsed ? startingFit(program, net) : null;
  if (net === null || fit === null) return null;
  const head =
    fit.taken.length === 0
      ? "No layer takes its weights: runs start from initializers."
      : `${takersWords(fit)}. The optimizer starts anew.`;
  return (
    <>
      <p className="inspector-empty">{head}</p>
      {fit.anew.length > 0 && (
        <ul className="inspector-empty inspector-list" aria-label="Layers that start anew">
          {fit.anew.map((layer) => (
            <li key={layer.nodeId}>
              <b>{layer.name}</b> {describeAnew(layer, "the net")}
            </li>
          ))}
        </ul>
      )}
    </>
  );
};

/** What runs start from. It stays with the window and is no part of the document. */
export const StartRows = ({ prefix }: { readonly prefix: string }) => {
  const net = useStartingNet((start) => start.net);
  const isUsed = useStartingNet((start) => start.isUsed);
  if (net === null) {
    return (
      <CommandButton
        id="run.startFromNet"
        icon={FileInput}
        className="button button-small"
        label="Start from a trained net…"
      />
    );
  }
  return (
    <>
      <FieldRow
        label="Start from"
        htmlFor={`${prefix}-start`}
        tooltip="Initializers, or the weights of a trained net (.model.json) in all layers that they fit. Stays with this window and is no part of the document."
      >
        <div className="stacked-fields">
          <SelectField
            id={`${prefix}-start`}
            label="Start from"
            value={isUsed ? "net" : "initializers"}
            options={[
              { value: "net", label: net.name },
              { value: "initializers", label: "Initializers" },
            ]}
            onChange={(value) => startFromNet(value === "net")}
          />
          <CommandButton id="run.startFromNet" icon={FileInput} className="button button-small" label="Another net…" />
        </div>
      </FieldRow>
      <FitNote />
    </>
  );
};
