/** Bytes of a thread's own, where kernels keep what lives no longer than a call. Every thread has its own instance of the module. */
import { job } from "./header";

let thread: usize = 0;

/** Says which thread this instance is: once, before its first job. The one that begins jobs is 0. */
export function setThread(index: i32): void {
  thread = <usize>index;
}

// @ts-ignore: decorator
@inline
export function threadIndex(): usize {
  return thread;
}

// @ts-ignore: decorator
@inline
export function workspace(): usize {
  return job().workspace + thread * job().workspaceBytes;
}
