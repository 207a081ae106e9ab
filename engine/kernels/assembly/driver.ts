/**
 * Runs a table of phases on all threads.
 *
 * A phase splits into tasks that the plan fixes: a range of rows (samples), a range of channels, or one item of a list. Each thread has
 * a part of them, then helps the others with theirs, then meets them at a barrier. Which thread computes a task has no influence on its
 * result, so neither has the number of threads. Within a task, the operations of a segment run block after block of rows, so that what one writes the next
 * finds in the cache.
 */
import { now } from "./clock";
import { ARRIVED, JOB, PASSED, SLEEPERS, TICKET, job } from "./header";
import { dispatch } from "./kernels";
import { setThread, threadIndex } from "./workspace";

const ROWS = 0;
const CHANNELS = 1;

const WHEN_MEASURING = 1;
const WHEN_FINITE = 2;

// @ts-ignore: decorator
@unmanaged
class Phase {
  segments: usize;
  numSegments: i32;
  numTasks: i32;
  domain: i32;
  /** Rows, or quads of channels, of a task. */
  chunk: i32;
  flags: i32;
  reserved: i64;
}

// @ts-ignore: decorator
@unmanaged
class Segment {
  operations: usize;
  numOperations: i32;
  /** Rows a call gets; 0: all of the task. */
  block: i32;
  reserved: i32;
}

// @ts-ignore: decorator
@unmanaged
class Operation {
  kernel: i32;
  args: usize;
  /** Place in the profile. */
  number: i32;
  /** Set by the host between jobs: not wanted now. */
  skipped: i32;
}

/** Adds the time since `begun` to this thread's count, less what reading the clock took. */
function addToProfile(number: i32, begun: f64): void {
  const at = job().profile + threadIndex() * job().profileBytes + (<usize>number << 3);
  store<f64>(at, load<f64>(at) + (now() - begun - job().clockMs));
}

/** The least of some means: nothing but the readings themselves. A task of a small layer takes a few of them. */
function emptyIntervalMs(): f64 {
  let least = Infinity;
  for (let round = 0; round < 8; round++) {
    let sum: f64 = 0;
    for (let i = 0; i < 32; i++) {
      const begun = now();
      sum += now() - begun;
    }
    least = min(least, sum / 32);
  }
  return least;
}

function runTask(phase: Phase, task: i32): void {
  const rows = job().rows;
  const isProfiled = job().profile != 0;
  let n0 = 0;
  let n1 = rows;
  let c0 = 0;
  let c1 = 0x3fffffff;
  let segment = phase.segments;
  let segmentsEnd = segment + (<usize>phase.numSegments << 4);
  if (phase.domain == ROWS) {
    n0 = task * phase.chunk;
    n1 = min(n0 + phase.chunk, rows);
    if (n0 >= n1) return;
  } else if (phase.domain == CHANNELS) {
    c0 = task * phase.chunk;
    c1 = c0 + phase.chunk;
  } else {
    // A list: one segment per task.
    segment += <usize>task << 4;
    segmentsEnd = segment + 16;
  }
  for (; segment < segmentsEnd; segment += 16) {
    const s = changetype<Segment>(segment);
    const end = s.operations + (<usize>s.numOperations << 4);
    const block = s.block == 0 ? n1 - n0 : s.block;
    for (let n = n0; n < n1; n += block) {
      for (let at = s.operations; at < end; at += 16) {
        const operation = changetype<Operation>(at);
        if (operation.skipped) continue;
        const begun = isProfiled ? now() : 0;
        dispatch(operation.kernel, operation.args, n, min(n + block, n1), c0, c1, phase.domain == ROWS ? task : 0);
        if (isProfiled) addToProfile(operation.number, begun);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function ticketsOf(thread: i32): usize {
  return job().tickets + <usize>thread * TICKET;
}

/**
 * Takes tasks until none is left. A thread has the same part of the rows, or of the channels, in every phase: what it wrote in one it
 * finds in its cache in the next, and neighbours of a phase by channels, which write to the same cache lines, are one thread's.
 */
function runTasks(phase: Phase, threads: i32, backwards: bool): void {
  const share = phase.numTasks / threads;
  const rest = phase.numTasks % threads;
  let part = <i32>threadIndex();
  for (let i = 0; i < threads; i++) {
    // The last task may be a short one: it makes up for one more.
    const first = part * share + max(0, part - threads + rest);
    const count = share + (part >= threads - rest ? 1 : 0);
    for (;;) {
      const ticket = atomic.add<i32>(ticketsOf(part), 1);
      if (ticket >= count) break;
      runTask(phase, backwards ? first + count - 1 - ticket : first + ticket);
    }
    part = part + 1 == threads ? 0 : part + 1;
  }
}

/** Runs the job's phases; every thread calls it. */
export function runPhases(): void {
  const threads = job().threads;
  const end = job().phasesEnd;
  let backwards = true;
  for (let at = job().phases; at != end; at += 32) {
    const phase = changetype<Phase>(at);
    if ((phase.flags & WHEN_MEASURING) != 0 && !job().measure) continue;
    if ((phase.flags & WHEN_FINITE) != 0 && job().diverged) continue;
    backwards = !backwards;
    const isTimed = (phase.flags & WHEN_MEASURING) != 0 && threadIndex() == 0;
    const begun = isTimed ? now() : 0;
    if (threads == 1) {
      for (let task = 0; task < phase.numTasks; task++) runTask(phase, backwards ? phase.numTasks - 1 - task : task);
    } else {
      runTasks(phase, threads, backwards);
      meet(threads);
    }
    if (isTimed) job().measuringMs += now() - begun;
  }
  // Once more at the end: a thread that is still skipping phases must not see the flags of the next job.
  if (threads > 1) meet(threads);
}

/** The last thread to arrive resets the counters of tasks and lets the others go. They spin first, then sleep. */
function meet(threads: i32): void {
  const passed = atomic.load<i32>(PASSED);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    for (let thread = 0; thread < threads; thread++) atomic.store<i32>(ticketsOf(thread), 0);
    atomic.store<i32>(ARRIVED, 0);
    atomic.store<i32>(PASSED, passed + 1);
    if (atomic.load<i32>(SLEEPERS) != 0) atomic.notify(PASSED, -1);
    return;
  }
  const begun = job().profile != 0 ? now() : 0;
  awaitOthers(passed);
  // The last number counts the waiting.
  if (job().profile != 0) addToProfile(<i32>(job().profileBytes >> 3) - 1, begun);
}

/** Spins, then sleeps, until the barrier is passed. */
function awaitOthers(passed: i32): void {
  for (let i = job().spin; i > 0; i--) {
    if (atomic.load<i32>(PASSED) != passed) return;
  }
  atomic.add<i32>(SLEEPERS, 1);
  while (atomic.load<i32>(PASSED) == passed) {
    // A thread that died never arrives: better a trap than a wait without end.
    if (atomic.wait<i32>(PASSED, passed, 60000000000) == 2) unreachable();
  }
  atomic.sub<i32>(SLEEPERS, 1);
}

/** Begins the job in the header on all threads and returns when it is done. */
export function runJob(): void {
  if (job().profile != 0) job().clockMs = emptyIntervalMs();
  if (job().threads > 1) {
    atomic.add<i32>(JOB, 1);
    atomic.notify(JOB, -1);
  }
  runPhases();
}

/** A compute thread: waits for jobs until told to quit. */
export function threadMain(index: i32): void {
  setThread(index);
  let done = 0;
  for (;;) {
    let current = atomic.load<i32>(JOB);
    for (let i = job().spin; i > 0 && current == done; i--) current = atomic.load<i32>(JOB);
    while (current == done) {
      atomic.wait<i32>(JOB, done, -1);
      current = atomic.load<i32>(JOB);
    }
    done = current;
    if (job().quit) return;
    runPhases();
  }
}
