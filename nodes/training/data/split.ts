import type { Split } from './world.ts';

/** Which split a thing belongs to, by what it is: one in ten to test, one in ten to validation. FNV-1a, mixed. */
export function splitOf(content: string): Split {
  let hash = 0x811c9dc5;
  for (let i = 0; i < content.length; i++) hash = Math.imul(hash ^ content.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const bucket = ((hash ^ (hash >>> 13)) >>> 0) % 10;
  return bucket === 0 ? 'test' : bucket === 1 ? 'validation' : 'train';
}
