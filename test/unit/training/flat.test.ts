import { describe, expect, test } from 'vitest';
import type { ParamSpec } from '../../../nodes/onnx/weights.ts';
import { flatLayout } from '../../../nodes/training/flat.ts';

const param = (name: string, ...shape: number[]): ParamSpec => ({
  name,
  shape,
  dtype: 'float32',
  init: { kind: 'constant', value: 0 },
  parameters: shape.reduce((a, b) => a * b, 1),
});

const layout = flatLayout([
  param('norm.weight', 8),
  param('linear.weight', 8, 4),
  param('linear.bias', 4),
  param('class_token', 1, 1, 8),
  param('gate', 1),
  param('positions', 1, 5, 8),
]);

describe('the flat vector', () => {
  test('holds every parameter once, with no gap', () => {
    let at = 0;
    for (const { offset, size } of layout.entries) {
      expect(offset).toBe(at);
      at += size;
    }
    expect(at).toBe(layout.size);
    expect(layout.size).toBe(8 + 32 + 4 + 8 + 1 + 40);
  });

  test('begins with the matrices, which alone decay: no bias, scale, gate or single vector', () => {
    const decaying = layout.entries.filter(({ offset }) => offset < layout.decayed).map(({ spec }) => spec.name);
    expect(decaying).toEqual(['linear.weight', 'positions']);
    expect(layout.decayed).toBe(72);
  });
});
