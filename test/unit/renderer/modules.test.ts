import { describe, expect, test } from 'vitest';
import { reshape } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { mlp } from '../../../nodes/onnx/layers/mlp.ts';
import { type ModuleTree, moduleTree } from '../../../nodes/onnx/modules.ts';
import { lineAfter, openable, rowsOf } from '../../../renderer/modules/rows.ts';

/** Two layers of a perceptron each, `[2, 3, 8] → [2, 3, 8]`. */
const tree = moduleTree({
  build() {
    const g = new Graph();
    let x = g.input('x', 'float32', [2, 3, 8]);
    for (const name of ['0', '1'])
      x = g.scope('layers', () => g.scope(name, () => mlp(g, 'mlp', x, { inner: 16, activation: 'relu' })));
    g.output('y', reshape(g, x, [6, 8]));
    return g;
  },
  bindings: {},
});
const at = (path: string) =>
  path
    .split('.')
    .reduce<ModuleTree | undefined>((each, name) => each?.children.find((child) => child.name === name), tree);

test('a module has the parameters and operations of all in it, and the shapes of its edges', () => {
  expect(at('layers.0.mlp.up')).toMatchObject({ parameters: 8 * 16 + 16, input: [2, 3, 8], output: [2, 3, 16] });
  expect(
    at('layers.0.mlp.up')
      ?.weights.map(({ name }) => name)
      .sort(),
  ).toEqual(['bias', 'weight']);
  expect(at('layers.0.mlp.up')?.flops).toBe(2 * 6 * 8 * 16);
  expect(at('layers.1')).toMatchObject({ parameters: 8 * 16 + 16 + 16 * 8 + 8, input: [2, 3, 8], output: [2, 3, 8] });
  expect(tree).toMatchObject({ parameters: 2 * (at('layers.1')?.parameters ?? 0), output: [6, 8] });
});

describe('the lines of the tree', () => {
  const paths = (open: readonly string[], search = '') =>
    rowsOf(tree, new Set(open), search).map(({ module }) => module.path);

  test('are those in open modules', () => {
    expect(paths([])).toEqual(['layers']);
    expect(paths(['layers'])).toEqual(['layers', 'layers.0', 'layers.1']);
    expect(paths(openable(tree))).toHaveLength(tree.children.length + 2 + 2 + 4);
  });

  test('of a search are what is called so and the modules around it', () => {
    expect(paths([], 'up.weight')).toEqual([
      'layers',
      'layers.0',
      'layers.0.mlp',
      'layers.0.mlp.up',
      'layers.1',
      'layers.1.mlp',
      'layers.1.mlp.up',
    ]);
    expect(paths([], 'layers.1.mlp.down')).toEqual(['layers', 'layers.1', 'layers.1.mlp', 'layers.1.mlp.down']);
    expect(paths([], 'head')).toEqual([]);
  });

  test('are gone through by the arrow keys, up to both ends', () => {
    const rows = rowsOf(tree, new Set(['layers']), '');
    expect(lineAfter(rows, 'layers', 'ArrowDown')).toBe('layers.0');
    expect(lineAfter(rows, 'layers', 'ArrowUp')).toBe('layers');
    expect(lineAfter(rows, 'layers', 'ArrowRight')).toBe('layers.0');
    expect(lineAfter(rows, 'layers.1', 'ArrowLeft')).toBe('layers');
    expect(lineAfter(rows, 'layers', 'End')).toBe('layers.1');
    expect(lineAfter(rows, 'layers.1', 'ArrowDown')).toBe('layers.1');
  });
});
