import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkDocument, modulesOf, type Probe } from '../../../electron/backend/estimate.ts';
import { parse } from '../../../graphs/format.ts';
import { flatten } from '../../../graphs/subgraphs.ts';
import type { ModuleTree } from '../../../nodes/onnx/modules.ts';
import { definitionOf } from '../../../nodes/registry.ts';

const examples = readdirSync('graphs/examples').filter((name) => name.endsWith('.json'));
/** All examples are of pictures that ship; their size is all that a node of the graph needs to know of its files. */
const probe: Probe = async (kind) => (kind === 'image' ? { width: 640, height: 480 } : {});

const sum = (trees: readonly ModuleTree[], read: (tree: ModuleTree) => number) =>
  trees.reduce((total, tree) => total + read(tree), 0);

/** Every module of a tree with what it holds. */
const all = (tree: ModuleTree): ModuleTree[] => [tree, ...tree.children.flatMap(all)];

test.each(examples)('%s: the modules of each model sum up to what its node costs', async (name) => {
  const document = parse(readFileSync(`graphs/examples/${name}`, 'utf8'));
  const { nodes } = await checkDocument(document, probe);
  const neural = Object.entries(flatten(document).document.nodes).filter(([, { kind }]) => definitionOf(kind)?.modules);
  expect(neural.length).toBeGreaterThan(0);
  for (const [id] of neural) {
    const tree = await modulesOf(document, id, probe);
    expect([id, tree.parameters, tree.flops]).toEqual([id, nodes[id]?.cost?.parameters, nodes[id]?.cost?.flops]);
    for (const module of all(tree)) {
      const own = module.weights.reduce((total, { parameters }) => total + parameters, 0);
      expect(own + sum(module.children, ({ parameters }) => parameters)).toBe(module.parameters);
      expect(sum(module.children, ({ flops }) => flops)).toBeLessThanOrEqual(module.flops);
      expect(module.children.every(({ path }) => module.path === '' || path.startsWith(`${module.path}.`))).toBe(true);
    }
  }
});

test('a node without a model, and one whose sizes are not known, are refused in words', async () => {
  const document = parse(
    JSON.stringify({
      schemaVersion: 1,
      title: 't',
      nodes: { words: { kind: 'prompt' }, connector: { kind: 'projector' } },
    }),
  );
  await expect(modulesOf(document, 'words', probe)).rejects.toThrow('words holds no model that is built here');
  await expect(modulesOf(document, 'connector', probe)).rejects.toThrow('The sizes of connector hang on what comes in');
});
