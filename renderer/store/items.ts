import type { GraphDocument } from '../../graphs/document.ts';

/**
 * Notes and groups beside the nodes on the canvas. There each has a key, `note:<id>` or `group:<id>`, which is no node's:
 * ids of nodes hold no colon.
 */

export type ItemType = 'note' | 'group';
type Point = readonly [x: number, y: number];

export const NOTE_SIZE: Point = [240, 140];

const FIELDS = { note: 'notes', group: 'groups' } as const satisfies Record<ItemType, keyof GraphDocument>;
const TYPES = Object.keys(FIELDS) as ItemType[];

export const itemKey = (type: ItemType, id: string) => `${type}:${id}`;

/** What a key on the canvas means; `undefined` for a node. */
export function itemOf(key: string): { readonly type: ItemType; readonly id: string } | undefined {
  const type = TYPES.find((each) => key.startsWith(`${each}:`));
  return type && { type, id: key.slice(type.length + 1) };
}

/** Keys of all notes and groups. */
export function itemKeys(document: GraphDocument): string[] {
  return TYPES.flatMap((type) => Object.keys(document[FIELDS[type]] ?? {}).map((id) => itemKey(type, id)));
}

/** Only the notes and groups that `keep` says, changed by `change`; a list that is empty is left out. */
function mapItems(document: GraphDocument, keep: (key: string) => boolean, at: (key: string, at: Point) => Point) {
  let changed = document;
  for (const type of TYPES) {
    const field = FIELDS[type];
    const before: Readonly<Record<string, { readonly at: [number, number] }>> = document[field] ?? {};
    const kept = Object.entries(before).flatMap(([id, item]) => {
      const key = itemKey(type, id);
      if (!keep(key)) return [];
      const [x, y] = at(key, item.at);
      return [[id, x === item.at[0] && y === item.at[1] ? item : { ...item, at: [x, y] }] as const];
    });
    const same = kept.length === Object.keys(before).length && kept.every(([id, item]) => before[id] === item);
    if (same) continue;
    const { [field]: _, ...rest } = changed;
    changed = kept.length > 0 ? { ...rest, [field]: Object.fromEntries(kept) } : rest;
  }
  return changed;
}

const unmoved = (_: string, at: Point) => at;

export const withoutItems = (document: GraphDocument, keys: ReadonlySet<string>) =>
  mapItems(document, (key) => !keys.has(key), unmoved);

export const onlyItems = (document: GraphDocument, keys: ReadonlySet<string>) =>
  mapItems(document, (key) => keys.has(key), unmoved);

/** Moves notes and groups by their keys. */
export const moveItems = (document: GraphDocument, to: Readonly<Record<string, Point>>) =>
  mapItems(
    document,
    () => true,
    (key, at) => {
      const place = to[key];
      return place ? [Math.round(place[0]), Math.round(place[1])] : at;
    },
  );

/** Adds the notes and groups of `part` under ids that are free, `by` further; returns their keys. */
export function addItems(
  document: GraphDocument,
  part: GraphDocument,
  by: Point,
): readonly [document: GraphDocument, keys: readonly string[]] {
  let filled = document;
  const keys: string[] = [];
  for (const type of TYPES) {
    for (const [id, item] of Object.entries(part[FIELDS[type]] ?? {})) {
      const free = freeItem(filled, type, id.replace(/-\d+$/, ''), id);
      keys.push(itemKey(type, free));
      filled = {
        ...filled,
        [FIELDS[type]]: {
          ...filled[FIELDS[type]],
          [free]: { ...item, at: [Math.round(item.at[0] + by[0]), Math.round(item.at[1] + by[1])] },
        },
      };
    }
  }
  return [filled, keys];
}

/** The id itself where it is free, else its stem with the first number that is. */
export function freeItem(document: GraphDocument, type: ItemType, stem: string, id = stem): string {
  const taken = document[FIELDS[type]] ?? {};
  if (!Object.hasOwn(taken, id)) return id;
  let number = 2;
  while (Object.hasOwn(taken, `${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

/** Puts a note or group in place of the one with this key. */
export function setItem(
  document: GraphDocument,
  key: string,
  change: Readonly<Record<string, unknown>>,
): GraphDocument {
  const item = itemOf(key);
  if (!item) return document;
  const field = FIELDS[item.type];
  const before = document[field]?.[item.id];
  if (!before) return document;
  return { ...document, [field]: { ...document[field], [item.id]: { ...before, ...change } } };
}
