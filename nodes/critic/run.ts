import type { GeneratorValue } from '../llm/generator.ts';
import { NodeError, type NodeRun, type RunContext } from '../run.ts';
import { generatorOf, textOf } from '../search-loop/inputs.ts';
import type { TableValue, Value } from '../values.ts';
import { type Asking, askedPreferences, askedScores } from './asked.ts';
import type { CriticParams } from './definition.ts';
import { DIMENSION_NAMES, overall, type Preferences, preferredBy, type Scores } from './dimensions.ts';
import { judgedByTruth } from './rules.ts';

type Inputs = Parameters<NodeRun['run']>[2];

export const run: NodeRun<CriticParams>['run'] = async (context, params, inputs) => {
  const answers = (inputs.answer ?? []).map((value) => textOf(value).text);
  const critic = criticOf(context, params, inputs);
  return params.mode === 'pointwise' ? pointwise(context, critic, answers) : pairwise(critic, answers);
};

interface Critic {
  score(answer: string): Promise<Scores>;
  prefer(first: string, second: string): Promise<Preferences>;
}

function criticOf(context: RunContext, params: CriticParams, inputs: Inputs): Critic {
  const question = textOf(inputs.question?.[0]).text;
  if (params.source === 'rule') {
    if (!inputs.truth?.[0])
      throw new NodeError(
        'nothing says what is in the picture',
        'Wire its shapes in words to "truth", or let an LLM judge',
      );
    const truth = textOf(inputs.truth[0]).text;
    const score = async (answer: string) => judgedByTruth(truth, question, answer);
    return { score, prefer: async (first, second) => preferredBy(await score(first), await score(second)) };
  }
  const generator = counted(context, generatorOf(inputs.generator?.[0]));
  const asking: Omit<Asking, 'template'> = { generator, question, signal: context.signal };
  return {
    score: (answer) => askedScores({ ...asking, template: params.pointwise }, answer),
    prefer: (first, second) => askedPreferences({ ...asking, template: params.pairwise }, first, second),
  };
}

/** The same generator, whose tokens are counted as the critic's. */
function counted(context: RunContext, generator: GeneratorValue): GeneratorValue {
  const sum = { prompt: 0, visual: 0, thinking: 0, answer: 0 };
  return {
    ...generator,
    async generate(question, request) {
      const generated = await generator.generate(question, request);
      for (const source of ['prompt', 'visual', 'thinking', 'answer'] as const)
        sum[source] += generated.answer.tokens[source];
      const { caveat } = generated.answer;
      context.report({ tokens: { ...sum }, ...(caveat !== undefined && { caveat }) });
      return generated;
    },
  };
}

async function pointwise(
  context: RunContext,
  critic: Critic,
  answers: readonly string[],
): Promise<Record<string, Value>> {
  const all: Scores[] = [];
  for (const answer of answers) {
    all.push(await critic.score(answer));
    context.progress({ type: 'fraction', done: all.length, of: answers.length, label: 'answers' });
  }
  const missing = all.flatMap((scores) => Object.values(scores)).filter((score) => score === undefined).length;
  if (missing > 0)
    context.report({
      caveat: `the judge gave no number in ${missing} of ${all.length * DIMENSION_NAMES.length} cases`,
    });
  const means = all.map((scores) => overall(scores));
  const best = means.reduce<number>((at, mean, each) => ((mean ?? -1) > (means[at] ?? -1) ? each : at), 0);
  const table = scoresTable(all, means);
  return {
    table,
    score: { type: 'score', value: means[0] ?? 0, meaning: 'mean of the dimensions' },
    preferred: { type: 'text', text: answers[best] ?? '' },
  };
}

/** A row a dimension, a column an answer; of several also which is best. */
function scoresTable(all: readonly Scores[], means: readonly (number | undefined)[]): TableValue {
  const names = all.length > 1 ? all.map((_, at) => `#${at + 1}`) : ['score'];
  const row = (name: string, scores: readonly (number | undefined)[]) => [
    name,
    ...scores.map((score) => score ?? null),
    ...(all.length > 1 ? [bestOf(names, scores)] : []),
  ];
  return {
    type: 'table',
    columns: ['dimension', ...names, ...(all.length > 1 ? ['best'] : [])],
    rows: [
      ...DIMENSION_NAMES.map((name) =>
        row(
          name,
          all.map((scores) => scores[name]),
        ),
      ),
      row('overall', means),
    ],
  };
}

function bestOf(names: readonly string[], scores: readonly (number | undefined)[]): string {
  const most = Math.max(...scores.map((score) => score ?? -1));
  const best = names.filter((_, at) => (scores[at] ?? -1) === most);
  return best.length === names.length ? 'all' : best.join(', ');
}

async function pairwise(critic: Critic, answers: readonly string[]): Promise<Record<string, Value>> {
  const [first, second] = answers;
  if (first === undefined || second === undefined)
    throw new NodeError('there are no two answers to compare', 'Wire two answers to the input "answer"');
  const preferences = await critic.prefer(first, second);
  const sum = DIMENSION_NAMES.reduce((total, dimension) => total + preferences[dimension], 0);
  const table: TableValue = {
    type: 'table',
    columns: ['dimension', 'better'],
    rows: [...DIMENSION_NAMES.map((name) => [name, inWords(preferences[name])]), ['overall', inWords(sum)]],
  };
  return {
    table,
    score: {
      type: 'score',
      value: (1 + sum / DIMENSION_NAMES.length) / 2,
      meaning: 'how far the first is preferred',
    },
    preferred: { type: 'text', text: sum < 0 ? second : first },
  };
}

function inWords(preference: number): string {
  return preference > 0 ? 'first' : preference < 0 ? 'second' : 'neither';
}
