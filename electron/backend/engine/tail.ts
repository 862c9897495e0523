/** The last bytes of a stream. */
export class Tail {
  private kept = Buffer.alloc(0);

  constructor(private readonly limitBytes: number) {}

  add(chunk: Buffer): void {
    this.kept = Buffer.concat([this.kept, chunk]).subarray(-this.limitBytes);
  }

  /** The last line that tells of an error, without terminal colours; empty where there is none. */
  lastError(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one
    const plain = this.kept.toString('utf8').replace(/\x1b\[[\d;]*m/g, '');
    return (
      plain
        .split('\n')
        .findLast((line) => /error|what\(\)|fatal|abort|fail/i.test(line))
        ?.trim() ?? ''
    );
  }
}
