import { openSync, readSync, writeSync } from 'node:fs';

const KIBIBYTE = 1024;
const linux = process.platform === 'linux';

/** Held open: opening costs more than reading, and every run of a node reads. */
const status = linux ? openSync('/proc/self/status', 'r') : undefined;
const clearRefs = linux ? writable('/proc/self/clear_refs') : undefined;
const page = Buffer.alloc(4096);

/** Bytes of this process in memory. */
export function resident(): number {
  return field('VmRSS') ?? process.memoryUsage.rss();
}

/** The most that was in memory since `resetHighWater`, in bytes; where there is no resetting it, since the process began. */
export function highWater(): number {
  return field('VmHWM') ?? process.resourceUsage().maxRSS * KIBIBYTE;
}

export function resetHighWater(): void {
  if (clearRefs !== undefined) writeSync(clearRefs, '5', 0);
}

function field(name: 'VmRSS' | 'VmHWM'): number | undefined {
  if (status === undefined) return undefined;
  const text = page.toString('latin1', 0, readSync(status, page, 0, page.length, 0));
  const kibibytes = new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * KIBIBYTE;
}

/** Some containers forbid it: then the mark is that of the whole process, as on other systems. */
function writable(path: string): number | undefined {
  try {
    return openSync(path, 'w');
  } catch {
    return undefined;
  }
}
