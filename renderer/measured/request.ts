import { withoutDefaults } from '../../graphs/defaults.ts';
import { format } from '../../graphs/format.ts';
import { catalog } from '../../nodes/catalog.ts';
import { useDocument } from '../store/document.ts';

/** The graph on the canvas as a request names it, with the folder of its file where it has one. */
export function graphOnCanvas(): { name: string; text: string; folder?: string } {
  const { document, path } = useDocument.getState();
  return {
    name: document.title,
    text: format(withoutDefaults(document, catalog)),
    ...(path !== undefined && { folder: path.replace(/[\\/][^\\/]*$/, '') }),
  };
}

/** The whole number that is typed; undefined where it is none, or out of bounds. */
export function wholeIn(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? value : undefined;
}
