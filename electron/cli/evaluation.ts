import type { Mode } from '../../nodes/training/evaluation/items.ts';
import {
  type Judged,
  type Score,
  scoreOf,
  scoresBy,
  scoresBySize,
  scoresOf,
} from '../../nodes/training/evaluation/score.ts';
import type { Matches } from '../backend/evaluation/matches.ts';
import type { Solved } from '../backend/evaluation/solutions.ts';
import { table } from './table.ts';

interface Head {
  readonly data: string;
  readonly split: string;
}

const MODES: Readonly<Record<Mode, string>> = {
  seeing: 'with its picture',
  blind: "with another scene's picture",
  noPicture: 'without a picture',
  text: 'with the scene in words',
};

const HEAD = ['n', 'accuracy', '95 % interval'];

/** Accuracy by kind of question, and by what a wrong answer would be called. */
export function answersText(target: string, { data, split }: Head, mode: Mode, judged: readonly Judged[]): string {
  const { kinds, ...all } = scoresOf(judged);
  const hallucinations = scoresBy(judged, ({ hallucination }) => hallucination);
  return [
    `${target} on ${data}, ${split}: each question ${MODES[mode]}`,
    table(['kind', ...HEAD], rows({ ...kinds, all })),
    table(['hallucination, if wrong', ...HEAD], rows(hallucinations)),
    sizesTable(judged),
  ].join('\n\n');
}

/** A row a kind, a column for each number of things in the picture: accuracy, and of how many questions. */
function sizesTable(judged: readonly Judged[]): string {
  const sizes = [...new Set(judged.map(({ size }) => size))].sort((a, b) => a - b);
  const cell = (score: Score | undefined) => (score ? `${percent(score.accuracy)} % of ${score.n}` : '');
  const lines = Object.entries(scoresBySize(judged)).map(([kind, scores]) => [
    kind,
    ...sizes.map((size) => cell(scores[size])),
  ]);
  return table(['things in the scene', ...sizes.map(String)], lines);
}

export function matchesText({ data, split, n, recall, zeroShot }: Head & Matches): string {
  const { classes, ...score } = zeroShot;
  const recalled = (share: number) => scoreOf(Math.round(share * n), n);
  return [
    `${data}, ${split}: recall@1 among ${n} pairs, classification by captions of ${classes} classes`,
    table(
      ['', ...HEAD],
      rows({
        'image to text': recalled(recall.imageToText),
        'text to image': recalled(recall.textToImage),
        'zero-shot': score,
      }),
    ),
  ].join('\n\n');
}

/** pass@1 by the number of steps, and what one in several solutions, or most of them, come to. */
export function solvedText(target: string, { data, split, temperature, kinds, among, ...once }: Head & Solved): string {
  return [
    `${target} on ${data}, ${split}: sampled at temperature ${temperature}`,
    table(['pass@1', ...HEAD], rows({ ...kinds, all: once })),
    table(
      ['among several', ...HEAD],
      rows(
        Object.fromEntries(
          among.flatMap(({ of, any, majority }) => [
            [`pass@${of}`, any],
            [`majority of ${of}`, majority],
          ]),
        ),
      ),
    ),
  ].join('\n\n');
}

function rows(scores: Readonly<Record<string, Score>>): string[][] {
  return Object.entries(scores).map(([name, { n, accuracy, low, high }]) => [
    name,
    String(n),
    `${percent(accuracy)} %`,
    `${percent(low)}–${percent(high)} %`,
  ]);
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** Milliseconds between two lines of a log. */
const LOG_MS = 10_000;

/** How far an evaluation is, on stderr: one line that changes on a terminal, else a line now and then. */
export class Progress {
  private readonly started = performance.now();
  private logged = this.started;

  constructor(private readonly part: string) {}

  show(done: number, of: number): void {
    const now = performance.now();
    if (process.stderr.isTTY) process.stderr.write(`\r${this.line(done, of)}\x1b[K${done === of ? '\n' : ''}`);
    else if (done === 1 || done === of || now - this.logged > LOG_MS) {
      this.logged = now;
      process.stderr.write(`${this.line(done, of)}\n`);
    }
  }

  private line(done: number, of: number): string {
    const rate = (1000 * done) / (performance.now() - this.started);
    return `${this.part}: ${done} of ${of}  ${rate.toFixed(1)}/s  ${clock((of - done) / rate)} left`;
  }
}

/** `12:05` */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}
