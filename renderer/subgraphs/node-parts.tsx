import { useState } from 'react';
import { nodeIdSchema } from '../../graphs/document.ts';
import { editDocument, shown, useDocument } from '../store/document.ts';
import { levelsOf } from '../store/place.ts';
import { selectOnly } from '../store/selection.ts';
import { renamePort } from '../store/subgraphs.ts';
import { toast } from '../store/ui.ts';
import { Icon } from '../ui/icons.tsx';
import { expandSelected, openItem, repeatSelected } from './actions.ts';
import { saveToLibrary } from './library.ts';

/** What a subgraph's node has in the inspector beside other nodes. */
export function SubgraphButtons({ id, repeats }: { id: string; repeats: boolean }) {
  return (
    <div className="button-row">
      <button type="button" className="button outlined" onClick={() => openItem(id)}>
        <Icon name="enter" size={12} /> Open
      </button>
      <button type="button" className="button outlined" aria-pressed={repeats} onClick={repeatSelected}>
        Repeat
      </button>
      <button type="button" className="button outlined" onClick={expandSelected}>
        Expand
      </button>
      <button type="button" className="button outlined" onClick={() => void saveToLibrary()}>
        Save to library
      </button>
    </div>
  );
}

/** The name of an input or output of the subgraph that is open; it is one with its id, so it is changed when it is done. */
export function PortName({ id }: { id: string }) {
  const [name, setName] = useState(id);
  const rename = () => {
    if (name === id) return;
    const reason = whyNot(name);
    if (reason) {
      toast('info', reason);
      setName(id);
      return;
    }
    const { document, place } = useDocument.getState();
    const level = levelsOf(document, place).at(-1);
    if (!level) return;
    editDocument((current) => renamePort(current, level.name, id, name));
    selectOnly(name);
  };
  return (
    <input
      className="title-field"
      value={name}
      aria-label="Name of this port"
      onChange={({ target }) => setName(target.value)}
      onBlur={rename}
      onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
    />
  );
}

function whyNot(name: string): string | undefined {
  if (!nodeIdSchema.safeParse(name).success)
    return 'The name of a port has letters, digits, “_” or “-”, and starts with a letter';
  return Object.hasOwn(shown().nodes, name) ? `There is a “${name}” in this subgraph already` : undefined;
}
