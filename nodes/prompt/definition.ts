import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  text: z.string().default('').meta({
    title: 'Text',
    control: 'text',
    description: '{{name}} stands for a variable, {{1}}, {{2}} for a wired text',
  }),
  system: z.string().default('').meta({ title: 'System', control: 'text', advanced: true }),
  variables: z
    .record(z.string(), z.string())
    .default({})
    .meta({ title: 'Variables', description: 'Values for {{name}} in both texts' }),
  chainOfThought: z
    .boolean()
    .default(false)
    .meta({ title: 'Step by step', description: "Ends with “Let's think step by step.”" }),
});

export const definition = defineNode({
  kind: 'prompt',
  version: 1,
  title: 'Prompt',
  category: 'Input',
  doc: 'Text for an LLM or a text encoder. {{name}} is filled in from the variables, {{1}}, {{2}} … from the texts wired in, in order; wired texts that are not named stand before the text. The step-by-step switch adds the trigger of zero-shot chain-of-thought prompting (Kojima et al., section 3).',
  sources: [{ title: 'Large Language Models are Zero-Shot Reasoners', url: 'https://arxiv.org/abs/2205.11916' }],
  params,
  ports: () => ({
    inputs: {
      text: { type: 'text', multiple: true, optional: true, doc: 'Texts or answers to put in, as {{1}}, {{2}} …' },
    },
    outputs: { text: { type: 'text', doc: 'The prompt with its system text' } },
  }),
  shapes({ params: values, inputs }) {
    const wired = (inputs.text ?? []).map(knownText);
    if (!wired.every((text) => text !== undefined)) return { text: { type: 'text' } };
    return { text: { type: 'text', ...compose(values, wired) } };
  },
});

function knownText(spec: ValueSpec): string | undefined {
  return spec.type === 'text' ? spec.text : undefined;
}

/** The words that make a model reason without examples (Kojima et al. 2022, table 4, best of the tried). */
export const STEP_BY_STEP = "Let's think step by step.";

/** Fills in both texts. Throws an `Error` that names a variable without a value. */
export function compose(
  { text, system, variables, chainOfThought }: z.output<typeof params>,
  wired: readonly string[],
): { text: string; system?: string } {
  const values = new Map([...Object.entries(variables), ...wired.map((value, i) => [String(i + 1), value] as const)]);
  const filled = fill(text, values);
  const named = new Set(namesIn(text + system));
  const unnamed = wired.filter((_, i) => !named.has(String(i + 1)));
  const parts = [...unnamed, filled].filter((part) => part !== '');
  const body = parts.join('\n\n');
  const prompt = chainOfThought ? `${body}\n${STEP_BY_STEP}` : body;
  return system === '' ? { text: prompt } : { text: prompt, system: fill(system, values) };
}

const VARIABLE = /\{\{\s*([\w-]+)\s*\}\}/g;

function namesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].flatMap(([, name]) => name ?? []);
}

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (_, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    const what = /^\d+$/.test(name) ? `no text is wired in for {{${name}}}` : `the variable {{${name}}} has no value`;
    throw new Error(what);
  });
}
