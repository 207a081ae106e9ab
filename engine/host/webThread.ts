/** The entry of a compute thread in the browser: instantiates the module on the shared memory and waits for work. */
interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly index: number;
}

self.onmessage = ({ data }: MessageEvent<ThreadStart>) => {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: space, name, kind } of WebAssembly.Module.imports(data.module)) {
    imports[space] ??= {};
    const members = imports[space];
    members[name] =
      kind === "memory"
        ? data.memory
        : () => {
            throw new Error(`The kernels called ${space}.${name}`);
          };
  }
  const { threadMain } = new WebAssembly.Instance(data.module, imports).exports;
  if (typeof threadMain !== "function") throw new Error("The kernels have no threadMain.");
  self.postMessage("ready");
  threadMain(data.index);
};
