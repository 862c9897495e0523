import type { ReactNode, RefObject } from 'react';
import { report } from '../store/ui.ts';
import { duration, whole } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { download, savePng, saveSvg } from './export.ts';
import type { Measurements } from './measurements.ts';
import type { Shown, Standing } from './shown.ts';

interface ResultProps {
  readonly measurements: Measurements;
  readonly shown: Shown<Standing>;
  readonly progress: ReactNode;
  /** Absent while there is nothing to export. */
  readonly exports: ReactNode;
  /** Leads back to the form. */
  readonly another: () => void;
  readonly children: ReactNode;
}

/** A measurement under way, or what came of one. */
export function MeasuredResult({ measurements, shown, progress, exports, another, children }: ResultProps) {
  const { id, status, stopping, error } = shown;
  return (
    <div className="compare-result">
      <div className="compare-bar">
        {progress}
        <div className="compare-actions">
          {status === 'running' && (
            <button
              type="button"
              className="button outlined"
              disabled={stopping}
              onClick={() => void measurements.stop()}
            >
              {stopping ? 'Stopping…' : 'Stop'}
            </button>
          )}
          {id !== undefined && (status === 'stopped' || status === 'failed') && (
            <button type="button" className="button primary" onClick={() => void measurements.resume(id)}>
              Go on
            </button>
          )}
          {exports}
          <button type="button" className="button outlined" onClick={another}>
            New {measurements.kind.name}
          </button>
        </div>
      </div>
      {error && <Trouble message={error.message} hint={error.hint} />}
      {children}
    </div>
  );
}

interface ProgressProps {
  readonly measurements: Measurements;
  readonly shown: Shown<Standing>;
  /** Other than the kind's own: a result in a file is counted by what it tells of. */
  readonly unit?: string;
}

/** How much is done, and how long the rest takes. */
export function Progress({ measurements: { kind }, shown, unit = kind.unit }: ProgressProps) {
  const { status, done, secondsLeft, stopping } = shown;
  return (
    <div className="compare-progress" role="status">
      <span>
        {{ running: `${kind.doing}:`, finished: 'Finished:', stopped: 'Stopped at', failed: 'Failed at' }[status]}{' '}
        <span className="num">
          {whole(done)}
          {status !== 'finished' && ` of ${whole(kind.of(shown))}`}
        </span>{' '}
        {unit}
        {status === 'running' && secondsLeft !== undefined && !stopping && (
          <span className="dim">
            {' '}
            about <span className="num">{duration(1000 * secondsLeft)}</span> left
          </span>
        )}
      </span>
      {status !== 'finished' && <progress value={done} max={kind.of(shown)} aria-label={kind.label} />}
    </div>
  );
}

interface ExportProps<Result> {
  readonly title: string;
  readonly result: Result;
  /** What a line of the CSV, and what is drawn, is called in the menu. */
  readonly rows: string;
  readonly drawing: string;
  readonly csvOf: (result: Result) => string;
  readonly markdownOf: (result: Result) => string;
  /** Holds what is drawn. */
  readonly plots: RefObject<HTMLElement | null>;
}

/** Files of a result, handed to the browser as downloads. */
export function ExportMenu<Result>({ title, result, rows, drawing, csvOf, markdownOf, plots }: ExportProps<Result>) {
  const drawn = (save: (box: HTMLElement, title: string) => void | Promise<void>) => async () => {
    try {
      if (plots.current) await save(plots.current, title);
    } catch (error) {
      report(error);
    }
  };
  const json = () => `${JSON.stringify(result, null, 2)}\n`;
  return (
    <Menu
      label="Export"
      items={[
        { title: 'Result document', note: 'JSON', run: () => download(title, 'json', 'application/json', json()) },
        { title: rows, note: 'CSV', run: () => download(title, 'csv', 'text/csv', csvOf(result)) },
        { title: 'Tables', note: 'Markdown', run: () => download(title, 'md', 'text/markdown', markdownOf(result)) },
        { title: drawing, note: 'SVG', run: drawn(saveSvg) },
        { title: `${drawing} as a picture`, note: 'PNG', run: drawn(savePng) },
      ]}
    />
  );
}
