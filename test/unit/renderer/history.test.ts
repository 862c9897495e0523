import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../../graphs/document.ts';
import { edit, endStep, markSaved, openDocument, redo, undo, useDocument } from '../../../renderer/store/document.ts';
import { addNode, freeId, moveNodes, removeNodes, setParam, setTitle } from '../../../renderer/store/edits.ts';
import { selectOnly, useSelection } from '../../../renderer/store/selection.ts';

const START: GraphDocument = {
  schemaVersion: 1,
  title: 'Start',
  nodes: { photo: { kind: 'image' }, seen: { kind: 'view', inputs: { value: 'photo.image' } } },
  layout: { photo: [0, 0], seen: [300, 0] },
};

const now = () => useDocument.getState().document;

beforeEach(() => openDocument(START));

describe('undo and redo', () => {
  it('goes back through any edits to the document that was opened, and forward to the last', () => {
    const step = fc.record({ what: fc.constantFrom('add', 'remove', 'move', 'param', 'title'), at: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        openDocument(START);
        const states = [START];
        for (const { what, at } of steps) {
          const id = Object.keys(now().nodes)[at] ?? 'photo';
          if (what === 'add') edit((document) => addNode(document, freeId(document, 'image'), 'image', [at, at]));
          if (what === 'remove') edit((document) => removeNodes(document, new Set([id])));
          if (what === 'move') edit((document) => moveNodes(document, { [id]: [at, at] }));
          if (what === 'param') edit((document) => setParam(document, id, 'longestSide', at));
          if (what === 'title') edit((document) => setTitle(document, `Title ${at}`));
          if (now() !== states.at(-1)) states.push(now());
        }
        for (const state of states.toReversed()) {
          expect(now()).toBe(state);
          undo();
        }
        expect(now()).toBe(START);
        for (const state of states.slice(1)) {
          redo();
          expect(now()).toBe(state);
        }
      }),
    );
  });

  it('takes what is typed in one field as one step, and another field as another', () => {
    for (const text of ['A', 'A c', 'A cat']) edit((document) => setTitle(document, text), 'title');
    for (const side of [3, 32])
      edit((document) => setParam(document, 'photo', 'longestSide', side), 'photo.longestSide');
    undo();
    expect([now().title, now().nodes.photo?.params]).toEqual(['A cat', undefined]);
    undo();
    expect(now()).toBe(START);
    redo();
    expect(now().title).toBe('A cat');
  });

  it('begins a new step in the same field once the hand was elsewhere, or after an undo', () => {
    edit((document) => setTitle(document, 'One'), 'title');
    endStep();
    edit((document) => setTitle(document, 'Two'), 'title');
    undo();
    expect(now().title).toBe('One');
    edit((document) => setTitle(document, 'Three'), 'title');
    undo();
    expect(now().title).toBe('One');
  });

  it('forgets what could be redone once something else was edited', () => {
    edit((document) => setTitle(document, 'One'));
    undo();
    edit((document) => setTitle(document, 'Other'));
    redo();
    expect(now().title).toBe('Other');
  });

  it('makes no step of an edit that changes nothing, nor of a save', () => {
    edit((document) => moveNodes(document, { photo: [0.2, 0] }));
    markSaved(now(), 'saved.json', 'mark');
    edit((document) => setTitle(document, 'One'));
    undo();
    undo();
    expect(useDocument.getState()).toMatchObject({ document: START, path: 'saved.json' });
  });

  it('does not go back into the document that was open before', () => {
    edit((document) => setTitle(document, 'One'));
    openDocument({ ...START, title: 'Another' });
    undo();
    expect(now().title).toBe('Another');
    redo();
    expect(now().title).toBe('Another');
  });

  it('selects what came back, and nothing that is gone', () => {
    edit((document) => removeNodes(document, new Set(['photo'])));
    selectOnly('seen');
    undo();
    expect([...useSelection.getState().nodes]).toEqual(['photo']);
    redo();
    expect([...useSelection.getState().nodes]).toEqual([]);
  });
});
