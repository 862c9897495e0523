import { isEndpoint } from '../endpoint/reference.ts';
import { endpointGenerator } from '../llm/endpoint.ts';
import type { GeneratorValue } from '../llm/generator.ts';
import { probeModel, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun, type RunContext } from '../run.ts';
import type { ScoreValue, TableValue, TextValue, Value } from '../values.ts';
import { askedVerdicts, judgePrompt } from './asked.ts';
import { heldVerifier, type VerifierParams, verifierCost } from './definition.ts';
import { answerPattern, arithmetic, exactAnswer, majority } from './rules.ts';
import { linesOf } from './solution.ts';
import { trainedJudge } from './trained.ts';
import type { Verdict, VerifierValue } from './verifier.ts';

export const probe: NonNullable<NodeRun<VerifierParams>['probe']> = async (context, params) =>
  params.source === 'model' ? probeModel(context, params) : {};

export const run: NodeRun<VerifierParams>['run'] = async (context, params, inputs) => {
  const verifier = await verifierOf(context, params, inputs.generator?.[0] as GeneratorValue | undefined);
  const outputs: Record<string, Value> = { verifier };
  const answers = (inputs.answer ?? []).map(textOf);
  if (answers.length === 0) return outputs;
  const question = textOf(inputs.question?.[0] ?? { type: 'text', text: '' });
  const verdicts = await verifier.verify(
    question,
    answers.map(({ text }) => text),
    context.signal,
  );
  const score: ScoreValue = { type: 'score', value: verdicts[0]?.score ?? 0, meaning: verifier.summary };
  return {
    ...outputs,
    score,
    table: answers.length > 1 ? answersTable(answers, verdicts) : stepsTable(answers, verdicts),
  };
};

async function verifierOf(
  context: RunContext,
  params: VerifierParams,
  generator: GeneratorValue | undefined,
): Promise<VerifierValue> {
  switch (params.source) {
    case 'model':
      return ofModel(context, params);
    case 'rule':
      return ofRule(params);
    case 'judge':
      if (!generator) throw new NodeError('A judge is an LLM.', 'Wire its generator in.');
      return ofJudge(params, generator);
    case 'majority':
      return {
        ...handle('share of the votes', 'outcome'),
        run: 0,
        verify: async (_, solutions) => majority(solutions),
      };
  }
}

function handle(summary: string, judges: VerifierValue['judges']) {
  return { type: 'verifier', summary, judges } as const;
}

async function ofModel(context: RunContext, params: VerifierParams): Promise<VerifierValue> {
  const { model, aggregate } = params;
  if (isEndpoint(model)) return ofJudge(params, await endpointGenerator(context, model, []));
  const stored = await context.storedModel(model);
  const card = heldVerifier(model, { card: stored.card });
  const judge = await trainedJudge(context, { ...stored, card }, aggregate);
  reportCost(context, verifierCost(card), {});
  return {
    ...handle(card.title, card.judges === 'outcome' ? 'outcome' : 'process'),
    get run() {
      return judge.run;
    },
    verify: (question, solutions, signal) => judge.verify(question, solutions, signal),
  };
}

function ofRule({ rule, expected, pattern }: VerifierParams): VerifierValue {
  const judged = (judge: (solution: string) => Verdict): Pick<VerifierValue, 'verify' | 'run'> => ({
    run: 0,
    verify: async (_, solutions) => solutions.map(judge),
  });
  switch (rule) {
    case 'arithmetic':
      return { ...handle('every step reckoned again', 'process'), ...judged(arithmetic) };
    case 'answer':
      return { ...handle(`the answer is ${expected}`, 'outcome'), ...judged(exactAnswer(expected)) };
    case 'pattern':
      return { ...handle(`the answer fits ${pattern}`, 'outcome'), ...judged(answerPattern(pattern)) };
  }
}

function ofJudge({ prompt }: VerifierParams, generator: GeneratorValue): VerifierValue {
  let read = 0;
  return {
    ...handle(`asked: ${generator.summary}`, 'outcome'),
    get run() {
      return read;
    },
    verify: (question, solutions, signal) =>
      askedVerdicts(
        generator,
        solutions.map((solution) => judgePrompt(prompt, question, solution)),
        signal,
        (tokens) => {
          read += tokens;
        },
      ),
  };
}

function textOf(value: Value): TextValue {
  if (value.type === 'text') return value;
  if (value.type === 'answer') return { type: 'text', text: value.text };
  throw new Error(`a ${value.type} is no text`);
}

/** Lines of the answer, coloured by their scores; what a step adds stands beside them where the verifier tells the start. */
function stepsTable([answer]: readonly TextValue[], [verdict]: readonly Verdict[]): TableValue {
  if (!answer || !verdict) throw new Error('there is no answer');
  const { steps, start, score } = verdict;
  const table = { type: 'table', lines: true } as const;
  if (!steps || steps.length === 0) return { ...table, columns: ['answer', 'score'], rows: [[answer.text, score]] };
  const lines = linesOf(answer.text).map((line) => line.replace(/<\/?think>/g, '').trim());
  if (start === undefined)
    return { ...table, columns: ['step', 'score'], rows: steps.map((step, i) => [lines[i] ?? '', step]) };
  return {
    ...table,
    columns: ['step', 'progress', 'score'],
    rows: steps.map((step, i) => [lines[i] ?? '', step - (steps[i - 1] ?? start), step]),
  };
}

function answersTable(answers: readonly TextValue[], verdicts: readonly Verdict[]): TableValue {
  return {
    type: 'table',
    columns: ['answer', 'score'],
    rows: answers.map(({ text }, i) => [text, verdicts[i]?.score ?? null]),
  };
}
