import { useEffect, useState } from 'react';
import { format } from '../../graphs/format.ts';
import type { ModuleTree } from '../../nodes/onnx/modules.ts';
import { backend, messageOf } from '../backend/client.ts';
import { useDocument } from '../store/document.ts';
import { hintOf } from '../store/ui.ts';
import { useNode } from '../timeline/names.ts';
import { count, flops } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { Modal } from '../ui/modal.tsx';
import { OpenSizes } from './open-sizes.tsx';
import { ModuleTreeView } from './tree-view.tsx';
import './modules.css';

type Loaded = { readonly tree: ModuleTree } | { readonly error: string; readonly hint?: string } | undefined;

/** Inside the model that a node of the flat graph holds: its modules with their shapes, parameters and operations. */
export function ModulesDialog({ node: id }: { node: string }) {
  const [sizes, setSizes] = useState<Readonly<Record<string, number>>>({});
  const loaded = useModules(id, sizes);
  const [search, setSearch] = useState('');
  const { name } = useNode(id);
  return (
    <Modal title={`Inside ${name}`} wide>
      {!loaded ? (
        <p className="dim" role="status">
          Reading the model…
        </p>
      ) : 'error' in loaded ? (
        <p role="alert">
          {loaded.error} {loaded.hint && <span className="dim">{loaded.hint}</span>}
        </p>
      ) : (
        <>
          <div className="modules-head">
            <p>
              <b className="num">{count(loaded.tree.parameters)}</b> parameters,{' '}
              <b className="num">{flops(loaded.tree.flops)}</b>{' '}
              {loaded.tree.open?.length ? 'for these sizes' : 'for this input'},{' '}
              <b className="num">{loaded.tree.operators}</b> operators
            </p>
            <label className="search">
              <Icon name="search" size={14} />
              <span className="visually-hidden">Search modules and weights</span>
              <input
                value={search}
                placeholder="Search modules and weights"
                onChange={(event) => setSearch(event.target.value)}
              />
            </label>
          </div>
          {loaded.tree.open && (
            <OpenSizes open={loaded.tree.open} set={(name, size) => setSizes({ ...sizes, [name]: size })} />
          )}
          {loaded.tree.remarks?.map((remark) => (
            <p key={remark} className="dim">
              {remark}
            </p>
          ))}
          <ModuleTreeView tree={loaded.tree} search={search} />
        </>
      )}
    </Modal>
  );
}

/**
 * The tree of a node's modules, from the backend, which builds the graph, or reads its file, without its weights. While
 * other sizes are counted, the former tree stands.
 */
function useModules(id: string, sizes: Readonly<Record<string, number>>): Loaded {
  const [loaded, setLoaded] = useState<Loaded>();
  useEffect(() => {
    let wanted = true;
    const { document, path } = useDocument.getState();
    backend()
      .graph.modules({ text: format(document), path, node: id, sizes })
      .then(
        (tree) => wanted && setLoaded({ tree }),
        (error) => wanted && setLoaded({ error: messageOf(error), hint: hintOf(error) }),
      );
    return () => {
      wanted = false;
    };
  }, [id, sizes]);
  return loaded;
}
