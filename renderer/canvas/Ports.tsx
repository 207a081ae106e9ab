/**
 * The ports of a node, past React, as all that a node consists of (`nodeParts.ts`). React Flow's own `Handle` listens to the connection that is being
 * drawn, each for itself: when one began or ended, React rendered all of them, a thousand with 500 layers. These listen to nothing; `usePortMarks`
 * marks those that a connection is about.
 */
import { Position, type ReactFlowState, useStoreApi } from "@xyflow/react";
import { type HandleType, XYHandle } from "@xyflow/system";
import { memo, type RefObject, useLayoutEffect, useRef } from "react";
import { portShare } from "./geometry.ts";
import "./Ports.css";

type FlowStore = ReturnType<typeof useStoreApi>;

/** As React Flow finds the element of a port. */
const elementId = (rfId: string, nodeId: string, port: string, type: HandleType): string =>
  `${rfId}-${nodeId}-${port}-${type}`;

const isMouse = (event: MouseEvent | TouchEvent): event is MouseEvent => "clientX" in event;

interface PressedPort {
  readonly element: HTMLElement;
  readonly port: string;
  readonly type: HandleType;
}

/** Nothing is in a port. */
const portOf = ({ target }: React.SyntheticEvent): PressedPort | null => {
  if (!(target instanceof HTMLElement) || !target.classList.contains("Port")) return null;
  return {
    element: target,
    port: target.dataset.handleid ?? "",
    type: target.classList.contains("target") ? "target" : "source",
  };
};

/** A press on a port draws a connection from it until it is let go, as React Flow does it. */
const beginConnection = (store: FlowStore, nodeId: string, event: React.MouseEvent | React.TouchEvent): void => {
  const { nativeEvent } = event;
  const pressed = portOf(event);
  if (pressed === null || (isMouse(nativeEvent) && nativeEvent.button !== 0)) return;
  const { element, port, type } = pressed;
  const { getState } = store;
  const state = getState();
  XYHandle.onPointerDown(nativeEvent, {
    handleDomNode: element,
    ...{ nodeId, handleId: port, isTarget: type === "target" },
    autoPanOnConnect: state.autoPanOnConnect,
    autoPanSpeed: state.autoPanSpeed,
    connectionMode: state.connectionMode,
    connectionRadius: state.connectionRadius,
    dragThreshold: state.connectionDragThreshold,
    domNode: state.domNode,
    nodeLookup: state.nodeLookup,
    lib: state.lib,
    flowId: state.rfId,
    panBy: state.panBy,
    cancelConnection: state.cancelConnection,
    updateConnection: state.updateConnection,
    ...(state.onConnectStart === undefined ? {} : { onConnectStart: state.onConnectStart }),
    onConnectEnd: (...ended) => getState().onConnectEnd?.(...ended),
    onConnect: (connection) => getState().onConnect?.(connection),
    isValidConnection: (connection) => getState().isValidConnection?.(connection) ?? true,
    getTransform: () => getState().transform,
    getFromHandle: () => getState().connection.fromHandle,
  });
};

/** A click on one port and then on another connects them, too. */
const clickConnection = ({ getState, setState }: FlowStore, nodeId: string, event: React.MouseEvent): void => {
  const pressed = portOf(event);
  if (pressed === null) return;
  const { port, type } = pressed;
  const { connectionClickStartHandle: start, connectionMode, rfId, lib, nodeLookup, ...state } = getState();
  if (!start) {
    setState({ connectionClickStartHandle: { nodeId, type, id: port } });
    return;
  }
  const { connection, isValid } = XYHandle.isValid(event.nativeEvent, {
    handle: { nodeId, id: port, type },
    ...{ fromNodeId: start.nodeId, fromHandleId: start.id ?? null, fromType: start.type },
    isValidConnection: (wanted) => state.isValidConnection?.(wanted) ?? true,
    ...{ connectionMode, flowId: rfId, doc: document, lib, nodeLookup },
  });
  if (isValid && connection !== null) state.onConnect?.(connection);
  setState({ connectionClickStartHandle: null });
};

interface PortsProps {
  readonly nodeId: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Tooltips, by port. */
  readonly inputTexts?: Readonly<Record<string, string>>;
  readonly outputTexts?: Readonly<Record<string, string>>;
  /** The ports of a collapsed group only show where its edges end. */
  readonly isConnectable?: boolean;
}

const made = new Map<string, HTMLElement>();

/** What is made once is copied. */
const newPort = (type: HandleType, isConnectable: boolean): HTMLElement => {
  const position = type === "target" ? Position.Top : Position.Bottom;
  const className = `react-flow__handle react-flow__handle-${position} nodrag nopan Port ${type} connectablestart connectableend${isConnectable ? " connectable connectionindicator" : ""}`;
  let known = made.get(className);
  if (known === undefined) {
    known = document.createElement("div");
    known.className = className;
    known.dataset.handlepos = position;
    made.set(className, known);
  }
  return document.importNode(known, true);
};

const newPorts = (rfId: string, { nodeId, inputs, outputs, isConnectable = true }: PortsProps): HTMLElement[] =>
  (["target", "source"] as const).flatMap((type) => {
    const names = type === "target" ? inputs : outputs;
    return names.map((port, index) => {
      const element = newPort(type, isConnectable);
      element.setAttribute("data-handleid", port);
      element.setAttribute("data-nodeid", nodeId);
      element.setAttribute("data-id", elementId(rfId, nodeId, port, type));
      // React Flow's style sheet has the middle.
      if (names.length > 1) element.style.left = `${100 * portShare(index, names.length)}%`;
      return element;
    });
  });

/** One tooltip a port, in its order. */
const showTooltips = (ports: readonly HTMLElement[], texts: readonly (string | undefined)[]): void => {
  for (const [index, port] of ports.entries()) {
    const text = texts[index];
    if (text === undefined) port.removeAttribute("data-tooltip");
    else if (port.getAttribute("data-tooltip") !== text) port.setAttribute("data-tooltip", text);
  }
};

const NO_TEXTS: Readonly<Record<string, string>> = {};

export const Ports = memo((props: PortsProps) => {
  const { nodeId, inputs, outputs, inputTexts = NO_TEXTS, outputTexts = NO_TEXTS, isConnectable = true } = props;
  const store = useStoreApi();
  const root = useRef<HTMLDivElement>(null);
  const ports = useRef<{ readonly key: string; readonly elements: readonly HTMLElement[] } | null>(null);
  useLayoutEffect(() => {
    // A connection may be about those that are there: they stay.
    const key = JSON.stringify([nodeId, inputs, outputs, isConnectable]);
    if (ports.current?.key !== key) {
      const { rfId } = store.getState();
      const elements = newPorts(rfId, { nodeId, inputs, outputs, isConnectable });
      ports.current = { key, elements };
      root.current?.replaceChildren(...elements);
    }
    const texts = [...inputs.map((port) => inputTexts[port]), ...outputs.map((port) => outputTexts[port])];
    showTooltips(ports.current.elements, texts);
  }, [store, nodeId, inputs, outputs, inputTexts, outputTexts, isConnectable]);
  const begin = (event: React.MouseEvent | React.TouchEvent): void => beginConnection(store, nodeId, event);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard connects with C on the node
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same
    <div
      ref={root}
      className="Ports"
      onMouseDown={begin}
      onTouchStart={begin}
      onClick={(event) => clickConnection(store, nodeId, event)}
    />
  );
});
Ports.displayName = "Ports";

type Marks = ReadonlyMap<string, readonly string[]>;

/** The classes of the ports that the connection is about, by the ids of their elements. */
const marksOf = ({ rfId, connection, connectionClickStartHandle: clicked }: ReactFlowState): Marks => {
  const { fromHandle, toHandle, isValid } = connection;
  const marks = new Map<string, string[]>();
  const mark = (
    end: { readonly nodeId: string; readonly id?: string | null; readonly type: HandleType } | null,
    ...classes: readonly string[]
  ): void => {
    if (end === null) return;
    const id = elementId(rfId, end.nodeId, end.id ?? "", end.type);
    marks.set(id, [...(marks.get(id) ?? []), ...classes]);
  };
  mark(fromHandle, "connectingfrom");
  mark(toHandle, "connectingto", ...(isValid === true ? ["valid"] : []));
  mark(clicked, "clickconnecting");
  return marks;
};

/** Marks the ports that a connection comes from and would go to, and lets the pointer through to no others than those that it may go to. */
export const usePortMarks = (container: RefObject<HTMLElement | null>): void => {
  const store = useStoreApi();
  useLayoutEffect(() => {
    const marked = new Map<Element, readonly string[]>();
    const unmark = (): void => {
      for (const [element, classes] of marked) element.classList.remove(...classes);
      marked.clear();
    };
    const stop = store.subscribe((state, before) => {
      const { connection, connectionClickStartHandle: clicked } = state;
      if (connection === before.connection && clicked === before.connectionClickStartHandle) return;
      unmark();
      const { domNode } = state;
      for (const [id, classes] of marksOf(state)) {
        const element = domNode?.querySelector(`.Port[data-id="${CSS.escape(id)}"]`);
        if (!element) continue;
        element.classList.add(...classes);
        marked.set(element, classes);
      }
      const type = connection.fromHandle?.type;
      if (type === container.current?.dataset.connecting) return;
      if (type === undefined) delete container.current?.dataset.connecting;
      else container.current?.setAttribute("data-connecting", type);
    });
    return () => {
      stop();
      unmark();
    };
  }, [store, container]);
};
