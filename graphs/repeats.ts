/**
 * Repeats: a node of kind `repeat` stands for at most `times` rounds of the subgraph that its parameter `graph` names. In the
 * flat graph every round is there, its nodes under `<node>/<round>/`, with a node `<node>/<round>` of kind `repeat` after
 * it, so that wires never go round in a circle and each round has a cache key of its own. An output called `next-<input>`
 * is that input of the next round.
 *
 * The node after a round takes `made.<output>` from the round, `kept.<output>` from the node before, and `outer.<input>`
 * from outside. It gives `<output>`: what the last round that ran made; and, while the repeat is not done,
 * `next.<output>` and `passed.<input>` for the inputs of the next round. When it is done these carry nothing, and the next
 * round does not run.
 */

export const REPEAT = 'repeat';

export const MADE = 'made.';
export const KEPT = 'kept.';
export const OUTER = 'outer.';
export const NEXT = 'next.';
export const PASSED = 'passed.';

export const MOST_ROUNDS = 64;
export const ROUNDS = 3;

/** The output that an input takes in the next round. */
export const feeding = (input: string) => `next-${input}`;

/** How often it runs at most, as far as the parameter reads. */
export function roundsOf(params: Readonly<Record<string, unknown>> | undefined): number {
  const times = params?.times ?? ROUNDS;
  return typeof times === 'number' && Number.isInteger(times) ? Math.min(MOST_ROUNDS, Math.max(1, times)) : 1;
}

/** Whether an id of the flat graph is that of the node after a round: no id that a person gives begins with a digit. */
export const isRound = (id: string) => /\/\d+$/.test(id);

/** How many rounds of the repeats around a node of the flat graph came before its own. */
export function roundsBefore(id: string): number {
  const rounds = id.split('/').filter((part) => /^\d+$/.test(part));
  return rounds.reduce((sum, round) => sum + Number(round) - 1, 0);
}
