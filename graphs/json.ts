/** JSON with places: what `JSON.parse` takes, but an error gives its line and column, and nothing is lost in silence. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Deeper files are refused, so that no later walk over a document can overflow the stack. */
export const MAX_DEPTH = 100;

export class JsonError extends Error {
  constructor(
    message: string,
    /** Counted from 1. */
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
    this.name = 'JsonError';
  }
}

/**
 * Parses `text`. Stricter than `JSON.parse` where that would lose data: a key that occurs twice, a number that is
 * too large, and the key `__proto__` are errors. Throws `JsonError`.
 */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  private at: number;

  constructor(private readonly text: string) {
    this.at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  value(depth: number): Json {
    this.space();
    const next = this.text[this.at];
    if (next === '{' || next === '[') {
      if (depth >= MAX_DEPTH) this.fail(`nested more than ${MAX_DEPTH} levels deep`);
      return next === '{' ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (next === '"') return this.string();
    const word = WORDS.find(([name]) => this.text.startsWith(name, this.at));
    if (word) {
      this.at += word[0].length;
      return word[1];
    }
    return this.number();
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) this.fail(`expected the end of the file, found ${this.found()}`);
  }

  private object(depth: number): Json {
    const result: { [key: string]: Json } = {};
    this.members('}', () => {
      this.space();
      const start = this.at;
      if (this.text[start] !== '"') this.fail(`expected a name in double quotes, found ${this.found()}`);
      const key = this.string();
      if (key === '__proto__') this.fail('"__proto__" cannot be a name', start);
      if (Object.hasOwn(result, key)) this.fail(`the name ${JSON.stringify(key)} occurs twice`, start);
      this.space();
      if (this.text[this.at] !== ':') this.fail(`expected ":", found ${this.found()}`);
      this.at += 1;
      result[key] = this.value(depth);
    });
    return result;
  }

  private array(depth: number): Json {
    const result: Json[] = [];
    this.members(']', () => result.push(this.value(depth)));
    return result;
  }

  /** The members between brackets: none, or some with commas between. */
  private members(close: string, member: () => void): void {
    this.at += 1;
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      member();
      this.space();
      const next = this.text[this.at];
      if (next !== ',' && next !== close) this.fail(`expected "," or "${close}", found ${this.found()}`);
      this.at += 1;
      if (next === close) return;
    }
  }

  private string(): string {
    const start = this.at;
    for (let i = start + 1; i < this.text.length; i++) {
      const code = this.text.charCodeAt(i);
      if (code === 0x5c) i += 1;
      else if (code < 0x20) this.fail('a line break or control character inside a string', i);
      else if (code === 0x22) {
        this.at = i + 1;
        return this.unescape(start);
      }
    }
    return this.fail('a string that is never closed', start);
  }

  private unescape(start: number): string {
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      return this.fail('a string with a wrong escape', start);
    }
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const digits = NUMBER.exec(this.text)?.[0];
    if (digits === undefined) return this.fail(`expected a value, found ${this.found()}`);
    const value = Number(digits);
    if (!Number.isFinite(value)) this.fail(`the number ${digits} is too large`);
    this.at += digits.length;
    return value;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  private found(): string {
    const next = this.text.codePointAt(this.at);
    return next === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(next));
  }

  private fail(message: string, at = this.at): never {
    const before = this.text.slice(0, at).split('\n');
    throw new JsonError(message, before.length, (before.at(-1) ?? '').length + 1);
  }
}
