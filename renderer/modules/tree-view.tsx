import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { ModuleTree, TreeShape } from '../../nodes/onnx/modules.ts';
import { count, flops } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { lineAfter, type ModuleRow, openable, rowsOf } from './rows.ts';

const KEYS: ReadonlySet<string> = new Set(['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'Home', 'End']);
/** Where a model is small, it is shown whole. */
const WHOLE = 24;

/** The modules as a tree that is opened and closed, by hand or by the arrow keys; bars show each one's share of the whole. */
export function ModuleTreeView({ tree, search }: { tree: ModuleTree; search: string }) {
  const all = useMemo(() => openable(tree), [tree]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(all.length <= WHOLE ? all : []));
  const rows = rowsOf(tree, open, search);
  const [chosen, setChosen] = useState<string>();
  const at = rows.some(({ module }) => module.path === chosen) ? chosen : rows[0]?.module.path;
  const list = useRef<HTMLDivElement>(null);

  const toggle = (path: string, to?: boolean) => {
    const next = new Set(open);
    if (to ?? !open.has(path)) next.add(path);
    else next.delete(path);
    setOpen(next);
  };
  const go = (path: string | undefined) => {
    setChosen(path);
    requestAnimationFrame(() => {
      list.current?.querySelector<HTMLElement>(`[data-path="${path}"]`)?.focus();
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!KEYS.has(event.key) || at === undefined) return;
    event.preventDefault();
    const row = rows.find(({ module }) => module.path === at);
    const opens = event.key === 'ArrowRight' && row && row.module.children.length > 0 && !row.open;
    const closes = event.key === 'ArrowLeft' && row?.open && search === '';
    if (opens || closes) toggle(at, opens);
    else go(lineAfter(rows, at, event.key));
  };

  if (rows.length === 0) return <p className="dim modules-none">No module or weight is called that.</p>;
  return (
    <>
      <div className="modules-tools">
        <button type="button" className="button" onClick={() => setOpen(new Set(all))}>
          Open all
        </button>
        <button type="button" className="button" onClick={() => setOpen(new Set())}>
          Close all
        </button>
      </div>
      <div className="modules-columns dim" aria-hidden="true">
        <span>Module</span>
        <span>Takes → gives</span>
        <span>Parameters</span>
        <span>Operations</span>
      </div>
      <div ref={list} role="tree" aria-label="Modules" className="modules-tree" onKeyDown={onKeyDown} tabIndex={-1}>
        {rows.map((row) => (
          <Line
            key={row.module.path}
            row={row}
            whole={tree}
            current={row.module.path === at}
            focused={() => setChosen(row.module.path)}
            choose={() => {
              if (row.module.children.length > 0) toggle(row.module.path);
            }}
          />
        ))}
      </div>
      <Weights module={rows.find(({ module }) => module.path === at)?.module} />
    </>
  );
}

interface LineProps {
  readonly row: ModuleRow;
  readonly whole: ModuleTree;
  readonly current: boolean;
  readonly focused: () => void;
  readonly choose: () => void;
}

function Line({ row: { module, level, place, of, open }, whole, current, focused, choose }: LineProps) {
  const { name, path, parameters, flops: operations, input, output, children } = module;
  const holds = children.length > 0;
  const shapes = `${shape(input)} → ${shape(output)}`;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={place}
      aria-setsize={of}
      aria-expanded={holds ? open : undefined}
      aria-selected={current}
      tabIndex={current ? 0 : -1}
      data-path={path}
      className="modules-line"
      onFocus={focused}
      onClick={choose}
    >
      <span className="modules-name" style={{ '--level': level }}>
        <span className={`modules-mark ${open ? 'open' : ''}`}>{holds && <Icon name="chevron" size={12} />}</span>
        {name}
      </span>
      <span className="num" title={shapes}>
        {shapes}
      </span>
      <Share value={parameters} of={whole.parameters} write={count} />
      <Share value={operations} of={whole.flops} write={flops} />
    </div>
  );
}

const shape = (dims: TreeShape | undefined) => (dims ? `[${dims.join(', ')}]` : '–');

function Share({ value, of, write }: { value: number; of: number; write: (value: number) => string }) {
  const percent = of === 0 ? 0 : (100 * value) / of;
  return (
    <span
      className="modules-share num"
      style={{ '--share': `${percent}%` }}
      title={`${percent.toFixed(1)} % of the whole`}
    >
      {value === 0 ? '–' : write(value)}
    </span>
  );
}

/** The weights that a module has itself. */
function Weights({ module }: { module: ModuleTree | undefined }) {
  if (!module) return null;
  return (
    <p className="modules-weights dim" aria-live="polite">
      <b className="num">{module.path}</b>
      {module.weights.length === 0
        ? ': no weights of its own'
        : `: ${module.weights.map(({ name, shape: dims }) => `${name} ${shape(dims)}`).join(', ')}`}
      {`, ${module.operators} operators`}
    </p>
  );
}
