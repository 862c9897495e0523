import { useEffect, useState } from 'react';
import { type ComparisonRow, comparisonSchema } from '../../graphs/comparison.ts';
import { parse } from '../../graphs/format.ts';
import measured from '../../graphs/fusion-lab.json' with { type: 'json' };
import { FUSION_METHODS, type FusionMethod } from '../../graphs/fusion-lab.ts';
import { backend, messageOf } from '../backend/client.ts';
import { newComparison, openCompare, showResult, toggleExample } from '../compare/actions.ts';
import { choose } from '../compare/store.ts';
import { openExample } from '../documents/actions.ts';
import { count, duration, flops, significant, whole } from '../ui/format.ts';
import { closeModal, Modal } from '../ui/modal.tsx';
import { type Counted, countedIn } from './counted.ts';

const measuredTiny = comparisonSchema.parse(measured);
const { rows, how } = measuredTiny;

/** The ways of fusion: as the literature has them, counted at their published sizes, and measured over one small encoder and LLM. */
export function FusionLabDialog() {
  const { counted, problem } = useCounted();
  return (
    <Modal title="Fusion lab" whole>
      <p className="dim lab-lead">
        Seven ways to join pictures to a language model. At paper size nothing runs: parameters, tokens and FLOPs are
        counted from the graphs that would be built. Tiny ones ship with Patchbay: all seven were trained over one
        frozen encoder and one frozen LLM.
      </p>
      {problem && (
        <p className="param-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="lab-table">
        <table>
          <caption className="visually-hidden">Ways of fusion</caption>
          <Head />
          <tbody>
            {FUSION_METHODS.map((method) => (
              <Row
                key={method.method}
                method={method}
                counted={counted[method.paper]}
                row={rows.find(({ graph }) => graph === method.tiny)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className="dim lab-how">
        Tiny: {how.n} held-out questions about {how.data}, asked of all seven in turns,{' '}
        {how.repeat === 1 ? 'once' : `${how.repeat} times`} each. Times are medians on {how.cpu}; accuracy has its 95 %
        interval; blind is the accuracy with another picture, which is guessed.
      </p>
      <div className="modal-actions end">
        <button type="button" className="button outlined" onClick={() => leaving(compareThem)}>
          Compare the seven anew…
        </button>
        <button
          type="button"
          className="button outlined"
          onClick={() => leaving(() => showResult('Fusion lab, tiny', measuredTiny))}
        >
          Plots of the tiny ones
        </button>
        <button type="button" className="button primary" onClick={() => leaving(() => void openExample('fusion-lab'))}>
          Open all seven on the canvas
        </button>
      </div>
    </Modal>
  );
}

function leaving(act: () => void): void {
  closeModal();
  act();
}

/** Chooses all seven in the form of comparisons. */
function compareThem(): void {
  choose({ graphs: [] });
  newComparison();
  for (const { tiny, method } of FUSION_METHODS) void toggleExample(tiny, method);
  openCompare();
}

function Head() {
  return (
    <thead>
      <tr>
        <td />
        <th scope="colgroup" colSpan={4}>
          In the literature
        </th>
        <th scope="colgroup" colSpan={5}>
          Counted at paper size
        </th>
        <th scope="colgroup" colSpan={6}>
          Measured, tiny
        </th>
      </tr>
      <tr>
        {COLUMNS.map(({ name, doc, words }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: columns of the three parts may have the same name
          <th key={at} scope="col" title={doc} className={`${words ? 'words' : ''} ${STARTS.has(at) ? 'starts' : ''}`}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface Column {
  readonly name: string;
  readonly doc?: string;
  readonly words?: boolean;
  cell(method: FusionMethod, counted: Counted | undefined, row: ComparisonRow | undefined): string | undefined;
}

const percent = (fraction: number) => `${Math.round(100 * fraction)}`;

/** Of the first column of each part. */
const STARTS: ReadonlySet<number> = new Set([1, 5, 10]);

const COLUMNS: readonly Column[] = [
  { name: 'Method', words: true, cell: ({ method }) => method },
  { name: 'Model', words: true, cell: ({ article }) => article?.model },
  { name: 'Extra parameters', cell: ({ article }) => article?.extraParameters },
  { name: 'Visual tokens', cell: ({ article }) => article?.visualTokens },
  { name: 'Characteristics', words: true, cell: ({ article }) => article?.characteristics },
  { name: 'Model', words: true, cell: ({ model }) => model },
  {
    name: 'Extra parameters',
    doc: 'Of the nodes between encoder and LLM',
    cell: (_, counted) => counted && count(counted.extraParameters),
  },
  {
    name: 'Visual tokens',
    doc: 'Of its example’s picture',
    cell: (_, counted) => counted && whole(counted.visualTokens),
  },
  {
    name: 'Connector',
    doc: 'FLOPs of the nodes between encoder and LLM, for one picture',
    cell: (_, counted) => counted && flops(counted.connectorFlops),
  },
  {
    name: 'LLM prefill',
    doc: 'FLOPs of its own LLM reading the prompt with the picture',
    cell: (_, counted) => counted && flops(counted.prefillFlops),
  },
  {
    name: 'Extra parameters',
    doc: 'Of the nodes between encoder and LLM',
    cell: (_, __, row) => (row?.extraParameters === undefined ? undefined : count(row.extraParameters)),
  },
  {
    name: 'Visual tokens',
    cell: (_, __, row) => (row?.visualTokens === undefined ? undefined : whole(row.visualTokens)),
  },
  {
    name: 'First token',
    doc: 'Time to the first token of the LLM',
    cell: (_, __, row) => (row?.firstTokenMs === undefined ? undefined : duration(row.firstTokenMs)),
  },
  {
    name: 'Tokens per second',
    cell: (_, __, row) => (row?.tokensPerSecond === undefined ? undefined : significant(row.tokensPerSecond)),
  },
  {
    name: 'Right, %',
    doc: 'Of held-out questions, with the 95 % interval',
    cell: (_, __, row) => {
      const [low = 0, high = 0] = row?.accuracyInterval ?? [];
      return row?.accuracy === undefined ? undefined : `${percent(row.accuracy)} (${percent(low)}–${percent(high)})`;
    },
  },
  {
    name: 'Blind, %',
    doc: 'Right with another picture: guessed',
    cell: (_, __, row) => (row?.blindAccuracy === undefined ? undefined : percent(row.blindAccuracy)),
  },
];

interface RowProps {
  readonly method: FusionMethod;
  readonly counted?: Counted;
  readonly row?: ComparisonRow;
}

function Row({ method, counted, row }: RowProps) {
  return (
    <tr data-method={method.method}>
      {COLUMNS.map(({ words, cell }, at) => {
        const text = cell(method, counted, row) ?? '–';
        const style = `${words ? 'words' : 'num'} ${STARTS.has(at) ? 'starts' : ''}`;
        return at === 0 ? (
          <th key={text} scope="row">
            {text}
          </th>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          <td key={at} className={style}>
            {text}
          </td>
        );
      })}
    </tr>
  );
}

/** What the examples at their published sizes cost, by name, as each has been counted. */
function useCounted() {
  const [counted, setCounted] = useState<Readonly<Record<string, Counted>>>({});
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let wanted = true;
    const countAll = async () => {
      for (const { paper } of FUSION_METHODS) {
        const { text } = await backend().documents.openExample({ name: paper });
        const found = countedIn(parse(text), await backend().graph.check({ text }));
        if (!wanted) return;
        setCounted((before) => ({ ...before, [paper]: found }));
      }
    };
    countAll().catch((error: unknown) => wanted && setProblem(messageOf(error)));
    return () => {
      wanted = false;
    };
  }, []);
  return { counted, problem };
}
