/** The entry of a compute thread in the browser: instantiates the module on the shared memory and waits for work. */
interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly index: number;
}

self.onmessage = ({ data }: MessageEvent<ThreadStart>) => {
  const env = { memory: data.memory, now: () => performance.now() };
  const { threadMain } = new WebAssembly.Instance(data.module, { env }).exports;
  if (typeof threadMain !== "function") throw new Error("The kernels have no threadMain.");
  self.postMessage("ready");
  threadMain(data.index);
};
