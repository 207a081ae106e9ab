import { readFileSync } from "node:fs";
import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { type ConnectionState, Position, ReactFlowProvider, useStoreApi } from "@xyflow/react";
import { Profiler, useRef } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { Ports, usePortMarks } from "../../../renderer/canvas/Ports.tsx";

type Store = ReturnType<typeof useStoreApi>;

afterEach(cleanup);

/** `from` has an output, `to` an input; both are known to React Flow. */
const setUp = () => {
  const held: { store?: Store } = {};
  let rendered = 0;
  const Probe = () => {
    held.store = useStoreApi();
    const container = useRef<HTMLElement>(null);
    usePortMarks(container);
    return (
      <section ref={container}>
        <Profiler id="ports" onRender={() => (rendered += 1)}>
          <Ports nodeId="from" inputs={[]} outputs={["out"]} />
          <Ports nodeId="to" inputs={["in"]} outputs={[]} inputTexts={{ in: "Input: not connected" }} />
          <Ports nodeId="group" inputs={["in"]} outputs={[]} isConnectable={false} />
        </Profiler>
      </section>
    );
  };
  const { container } = render(
    <ReactFlowProvider>
      <Probe />
    </ReactFlowProvider>,
  );
  const flow = held.store;
  if (flow === undefined) throw new Error("Nothing was rendered.");
  const handle = (id: string, type: "source" | "target") => {
    const position = type === "source" ? Position.Bottom : Position.Top;
    return { id, type, position, x: 0, y: 0, width: 24, height: 24 };
  };
  const node = (id: string, port: ReturnType<typeof handle>) => ({
    ...{ id, position: { x: 0, y: 0 }, data: {}, width: 240, height: 102 },
    ...{ measured: { width: 240, height: 102 }, handles: [port] },
  });
  act(() => {
    flow.setState({ domNode: container as HTMLDivElement });
    flow.getState().setNodes([node("from", handle("out", "source")), node("to", handle("in", "target"))]);
  });
  const port = (nodeId: string): HTMLElement => {
    const found = container.querySelector<HTMLElement>(`.Port[data-nodeid="${nodeId}"]`);
    if (found === null) throw new Error(`${nodeId} has no port.`);
    return found;
  };
  const section = container.querySelector("section");
  const before = rendered;
  const end = (nodeId: string, id: string, type: "source" | "target") => ({ ...handle(id, type), nodeId });
  const connecting = (to: boolean, isValid: boolean | null): void =>
    act(() => {
      const connection = { inProgress: true, fromHandle: end("from", "out", "source"), isValid };
      const toHandle = to ? end("to", "in", "target") : null;
      flow.setState({ connection: { ...connection, toHandle } as unknown as ConnectionState });
    });
  return { flow, port, section, connecting, timesRendered: () => rendered - before };
};

it("marks where a connection comes from and where it would go, and renders no port for it", () => {
  const { flow, port, section, connecting, timesRendered } = setUp();
  connecting(false, null);
  expect(port("from").classList).toContain("connectingfrom");
  expect(section?.dataset.connecting).toBe("source");
  connecting(true, true);
  expect([...port("to").classList]).toEqual(expect.arrayContaining(["connectingto", "valid"]));
  connecting(true, false);
  expect(port("to").classList).toContain("connectingto");
  expect(port("to").classList).not.toContain("valid");
  act(() => flow.getState().cancelConnection());
  expect(port("from").classList).not.toContain("connectingfrom");
  expect(port("to").classList).not.toContain("connectingto");
  expect(section?.dataset.connecting).toBeUndefined();
  expect(timesRendered()).toBe(0);
});

it("connects by a click on one port and a click on another", () => {
  const { flow, port } = setUp();
  const onConnect = vi.fn();
  flow.setState({ onConnect });
  const { elementFromPoint } = document;
  document.elementFromPoint = () => port("to");
  try {
    fireEvent.click(port("from"));
    expect(port("from").classList).toContain("clickconnecting");
    fireEvent.click(port("to"));
  } finally {
    document.elementFromPoint = elementFromPoint;
  }
  expect(onConnect).toHaveBeenCalledWith({ source: "from", sourceHandle: "out", target: "to", targetHandle: "in" });
  expect(port("from").classList).not.toContain("clickconnecting");
});

it("takes no connection at the ports of a collapsed group, which show where its edges end", () => {
  const { port } = setUp();
  expect(port("group").classList).not.toContain("connectionindicator");
  expect(port("group").classList).not.toContain("connectable");
  expect(port("to").classList).toContain("connectionindicator");
});

it("draws connections with the very code of the React Flow that shows them", () => {
  const wants = (file: string): Record<string, string> => JSON.parse(readFileSync(file, "utf8")).dependencies;
  expect(wants("package.json")["@xyflow/system"]).toBe(
    wants("node_modules/@xyflow/react/package.json")["@xyflow/system"],
  );
});
