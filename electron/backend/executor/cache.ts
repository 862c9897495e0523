import { types } from 'node:util';
import type { Value } from '../../../nodes/values.ts';

export type Outputs = Readonly<Record<string, Value>>;

/** Outputs of nodes by key, bounded in bytes; the least recently used go first. */
export class OutputCache {
  private readonly entries = new Map<string, { readonly outputs: Outputs; readonly bytes: number }>();
  private bytes = 0;

  constructor(private readonly limitBytes: number) {}

  /** The outputs under `key` if every wanted port is among them. */
  get(key: string, wanted: readonly string[]): Outputs | undefined {
    const entry = this.entries.get(key);
    if (!entry || !wanted.every((port) => Object.hasOwn(entry.outputs, port))) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.outputs;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  set(key: string, outputs: Outputs): void {
    this.delete(key);
    const bytes = bytesOf(outputs);
    this.entries.set(key, { outputs, bytes });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.limitBytes) return;
      this.delete(oldest);
    }
  }

  private delete(key: string): void {
    this.bytes -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }
}

/** Bytes of the arrays and strings in a value; objects with a class (sessions, say) are not the cache's to count. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (Array.isArray(value))
    return typeof value[0] === 'number'
      ? 8 * value.length
      : value.reduce((sum: number, item) => sum + bytesOf(item), 0);
  if (value === null || typeof value !== 'object' || types.isProxy(value)) return 8;
  if (Object.getPrototypeOf(value) !== Object.prototype) return 8;
  return Object.values(value).reduce((sum: number, item) => sum + bytesOf(item), 0);
}
