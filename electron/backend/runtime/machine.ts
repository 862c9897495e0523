import { totalmem } from 'node:os';

/** Bytes of memory that this machine has: a container may have less than what it runs on. */
export function machineMemory(): number {
  // Where nothing constrains it, that is larger than any machine.
  return Math.min(totalmem(), process.constrainedMemory() || totalmem());
}
