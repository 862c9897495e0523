/**
 * An ONNX file without its weights: the protobuf with every long field left out that is not a message with names and shapes in
 * it. Of a file of gigabytes only the headers of its tensors are read. `leanModel` leaves out weights alone, and says where
 * they lie, so that what is left still runs.
 */

export interface ByteSource {
  readonly size: number;
  /** The bytes `[at, at + length)`, which lie within the size. */
  read(at: number, length: number): Uint8Array;
}

/** Which fields of a message hold messages that weights may lie in, by number (onnx.proto, IR version 10). */
interface Message {
  readonly [field: number]: Message;
}
const TENSOR: Message = {};
const INITIALIZER: Message = {};
const GRAPH: Record<number, Message> = { 5: INITIALIZER };
const ATTRIBUTE: Message = { 5: TENSOR, 6: GRAPH, 10: TENSOR, 11: GRAPH };
const NODE: Message = { 5: ATTRIBUTE };
GRAPH[1] = NODE;
const MODEL: Message = { 7: GRAPH };

/** Longer fields are left out: weights, and the stack traces that exporters put into documentation. */
const LONGEST = 2048;
/** Read at once. */
const WINDOW = 16_384;

/** What stands for a long field that is no message: `whole` is the field with its tag, `at` where its bytes begin. */
type LongField = (
  message: Message,
  field: number,
  at: number,
  length: number,
  whole: () => Uint8Array,
) => Uint8Array | undefined;

/** Throws an `Error` with a clause that says why, where the bytes are not a protobuf or end early. */
export function skimmed(source: ByteSource): Uint8Array<ArrayBuffer> {
  return joined(messageIn(new Window(source), 0, source.size, MODEL, () => undefined));
}

/** Of TensorProto: the bytes of its elements. */
const RAW_DATA = 9;

/**
 * The model with its weights left where they are: those within the file become external data of `location`, the file's own
 * name. Throws as `skimmed` does.
 */
export function leanModel(source: ByteSource, location: string): Uint8Array<ArrayBuffer> {
  const kept: LongField = (message, field, at, length, whole) =>
    message === INITIALIZER && field === RAW_DATA ? externalData(location, at, length) : whole();
  return joined(messageIn(new Window(source), 0, source.size, MODEL, kept));
}

/** Fields 13 (`external_data`, entries of key and value) and 14 (`data_location`: EXTERNAL) of a TensorProto. */
function externalData(location: string, offset: number, length: number): Uint8Array {
  const text = (field: number, value: string) => {
    const bytes = new TextEncoder().encode(value);
    return [Uint8Array.of(field * 8 + BYTES), varintOf(bytes.length), bytes];
  };
  const entries = Object.entries({ location, offset: `${offset}`, length: `${length}` }).flatMap(([key, value]) => {
    const entry = [...text(1, key), ...text(2, value)];
    return [Uint8Array.of(13 * 8 + BYTES), varintOf(lengthOf(entry)), ...entry];
  });
  return joined([...entries, Uint8Array.of(14 * 8 + VARINT, 1)]);
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

function messageIn(window: Window, start: number, end: number, message: Message, long: LongField): Uint8Array[] {
  const kept: Uint8Array[] = [];
  // After all else, since the later of two values of a field counts.
  const last: Uint8Array[] = [];
  for (let at = start; at < end; ) {
    const tag = window.varint(at, end);
    const [field, wire] = [Math.floor(tag.value / 8), tag.value % 8];
    if (field === 0) throw new Error('it is not a protobuf');
    if (wire === BYTES) {
      const length = window.varint(tag.end, end);
      const after = length.end + length.value;
      if (after > end) throw new Error('it ends early');
      const inner = message[field];
      if (length.value <= LONGEST) kept.push(window.bytes(at, after - at));
      else if (inner) {
        const parts = messageIn(window, length.end, after, inner, long);
        kept.push(window.bytes(at, tag.end - at), varintOf(lengthOf(parts)), ...parts);
      } else {
        const start = at;
        const instead = long(message, field, length.end, length.value, () => window.bytes(start, after - start));
        if (instead) (message === INITIALIZER ? last : kept).push(instead);
      }
      at = after;
      continue;
    }
    const after =
      wire === VARINT ? window.varint(tag.end, end).end : tag.end + (wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : 0);
    if (after === tag.end) throw new Error('it is not a protobuf');
    if (after > end) throw new Error('it ends early');
    kept.push(window.bytes(at, after - at));
    at = after;
  }
  return [...kept, ...last];
}

/** A source read a piece at a time. */
class Window {
  private from = 0;
  private held = new Uint8Array(0);

  constructor(private readonly source: ByteSource) {}

  bytes(at: number, length: number): Uint8Array {
    this.hold(at, length);
    return this.held.subarray(at - this.from, at - this.from + length);
  }

  /** An unsigned number at `at`, of the message that ends at `end`, and where it ends. */
  varint(at: number, end: number): { readonly value: number; readonly end: number } {
    const most = Math.min(10, end - at);
    this.hold(at, Math.max(0, most));
    let [value, scale] = [0, 1];
    for (let i = 0; i < most; i++) {
      const byte = this.held[at - this.from + i] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return { value, end: at + i + 1 };
    }
    throw new Error(most === 10 ? 'it is not a protobuf' : 'it ends early');
  }

  private hold(at: number, length: number): void {
    if (at >= this.from && at + length <= this.from + this.held.length) return;
    this.from = at;
    // What was handed out stays as it is: each window is read into memory of its own.
    this.held = new Uint8Array(this.source.read(at, Math.min(Math.max(length, WINDOW), this.source.size - at)));
  }
}

function varintOf(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const lengthOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, { length }) => sum + length, 0);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
