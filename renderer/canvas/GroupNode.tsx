/** The box of a collapsed group: what it stands for, the signal that leaves it, and the gravest of what is wrong inside. */
import type { Node, NodeProps } from "@xyflow/react";
import { Boxes, CircleX, TriangleAlert } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { keepDrawn } from "../charts/drawQueue.ts";
import { NO_BREAK_SPACE } from "../charts/format.ts";
import { healthBadge } from "../health/healthWords.ts";
import { findingsOf, type RunHealth, useRunHealth } from "../health/runHealth.ts";
import { shownStepOf, writeText } from "../run/liveRun.ts";
import { runStore, useRun } from "../run/runStore.ts";
import { applyGesture } from "./applyGesture.ts";
import { repeatText, selectMembers } from "./GroupFrame.tsx";
import { type GroupView, groupReadoutsId } from "./groupViews.ts";
import { isJudged, NamedBadge } from "./HealthBadge.tsx";
import { Badge } from "./NodeBadge.tsx";
import { gravestOf, gravityOf, type NodeView } from "./nodeViews.ts";
import { Ports } from "./Ports.tsx";
import { divergedBadge, NO_READOUTS, readoutsOf } from "./readouts.ts";
import { toggleCollapse } from "./structureGestures.ts";
import { isFar, useZoomLevel, type ZoomLevel } from "./zoomLevel.ts";
import "./GroupFrame.css";

const [INPUTS, OUTPUTS] = [["in"], ["out"]];

interface GroupData {
  readonly group: GroupView;
  /** Its layers, as they would be drawn. */
  readonly inside: readonly NodeView[];
  /** Names of those that are selected while others are not. */
  readonly chosen: readonly string[];
}

export type GroupFlowNode = Node<GroupData & Record<string, unknown>, "layerGroup">;

/** The layer whose signal is worst at the step shown, and how many findings the group has. */
const worstHealth = (health: RunHealth, inside: readonly NodeView[]) => {
  const ailing = inside.flatMap((view) => {
    const findings = isJudged(view) ? findingsOf(health, view.nodeId) : [];
    return findings[0] === undefined ? [] : [{ view, worst: findings[0], count: findings.length }];
  });
  const first = ailing.find(({ worst }) => worst.severity === "error") ?? ailing[0];
  return { first, count: ailing.reduce((sum, { count }) => sum + count, 0) };
};

/** `conv1: 3 of 20 dead`: a badge of the group says which of its layers it is about. */
const GroupBadge = ({ inside, level }: { readonly inside: readonly NodeView[]; readonly level: ZoomLevel }) => {
  const worst = (health: RunHealth) => worstHealth(health, inside);
  const ailing = useRunHealth((health) => worst(health).first?.view);
  const rule = useRunHealth((health) => worst(health).first?.worst.rule);
  const severity = useRunHealth((health) => worst(health).first?.worst.severity);
  const words = useRunHealth((health) => {
    const { first } = worst(health);
    return first === undefined ? "" : healthBadge(first.worst);
  });
  const numHealth = useRunHealth((health) => worst(health).count);
  const far = isFar(level);
  const grave = gravestOf(inside);
  const total = numHealth + inside.reduce((sum, { diagnostics }) => sum + diagnostics.length, 0);
  if (grave?.divergence) {
    const text = divergedBadge(grave.divergence.step);
    return <NamedBadge view={grave} rule="diverged" text={text} more={total} isError level={level} />;
  }
  const [diagnostic] = grave?.diagnostics ?? [];
  const isWorse = severity === "error" && diagnostic?.severity !== "error";
  if (grave !== undefined && diagnostic !== undefined && !isWorse) {
    const isError = diagnostic.severity === "error";
    return (
      <Badge tone={isError ? "error" : "warn"}>
        <Icon of={isError ? CircleX : TriangleAlert} size={12} />
        {!far && `${grave.name}: ${diagnostic.badge}`}
        {!far && total > 1 && <span className="NodeBadge-more">{`+${total - 1}`}</span>}
      </Badge>
    );
  }
  if (ailing === undefined || rule === undefined) return null;
  const isError = severity === "error";
  return <NamedBadge view={ailing} rule={rule} text={words} more={total - 1} isError={isError} level={level} />;
};

/** Mean and std of what leaves the group at the step shown; written past React, as on nodes. */
const GroupSignal = ({ group: { group, leaving }, inside }: Pick<GroupData, "group" | "inside">) => {
  const history = useRun((run) => run.history);
  const values = useRef<HTMLSpanElement>(null);
  const measured = inside.find(({ nodeId }) => nodeId === leaving.nodeId)?.measured ?? "none";
  const { measuredId } = leaving;
  useEffect(() => {
    const write = (): void => {
      const shown =
        measured === "none" ? null : (history?.statisticsAt(measuredId, shownStepOf(runStore.getState())) ?? null);
      const { first, second } = shown === null ? NO_READOUTS : readoutsOf(shown, null);
      if (values.current !== null) writeText(values.current, `${first}${first === "" ? "" : NO_BREAK_SPACE}${second}`);
    };
    if (history !== null && measured !== "none") return keepDrawn(write);
    write();
    return undefined;
  }, [history, measuredId, measured]);
  return (
    <span
      id={groupReadoutsId(group.id)}
      className={measured === "stale" ? "GroupNode-signal is-stale" : "GroupNode-signal"}
      title={`Mean ± std of what leaves the group, from ${leaving.name}`}
    >
      <span className="GroupNode-leaving">{leaving.name}</span>
      <span ref={values} />
    </span>
  );
};

const stateClass = (inside: readonly NodeView[], isAiling: boolean): string => {
  const grave = gravestOf(inside);
  if (grave !== undefined && gravityOf(grave) > 1) return " is-invalid";
  return grave !== undefined || isAiling ? " is-warned" : "";
};

export const GroupNode = memo(({ id, data, selected }: NodeProps<GroupFlowNode>) => {
  const level = useZoomLevel();
  const { group: view, inside, chosen } = data;
  const { group, title, weights, numLayers, shape } = view;
  const isAiling = useRunHealth((health) => worstHealth(health, inside).count > 0);
  const repeat = repeatText(view);
  const mark = chosen.length > 0 ? " has-selected" : selected ? " is-selected" : "";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the node around it has the keyboard: Enter selects, Ctrl Shift K opens
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same
    <div
      onClick={() => chosen.length > 0 && selectMembers(group.id)}
      className={`GroupNode GroupFrame-${group.color} GroupNode-${level}${mark}${stateClass(inside, isAiling)}`}
      onDoubleClick={() => applyGesture(toggleCollapse([group]))}
    >
      <span className="GroupNode-tile">
        <Icon of={Boxes} size={level === "full" ? 17 : 22} />
      </span>
      <span className="GroupNode-title" title={title}>
        {title}
      </span>
      {repeat !== "" && <span className="GroupFrame-repeat">{repeat}</span>}
      {level === "full" && (
        <>
          <span className="GroupNode-shape">{shape}</span>
          <span className="GroupNode-facts">
            {chosen.length > 0 ? `${chosen.join(", ")} selected inside` : `${counted(numLayers, "layer")} · ${weights}`}
          </span>
          <GroupSignal group={view} inside={inside} />
        </>
      )}
      <GroupBadge inside={inside} level={level} />
      <Ports nodeId={id} inputs={INPUTS} outputs={OUTPUTS} isConnectable={false} />
    </div>
  );
});
GroupNode.displayName = "GroupNode";
