/** Wordings of the shapes' world. `{a}` and `{b}` are phrases like "the red circle", or plurals where things are counted. */
export const WORDINGS = {
  existence: [
    'is there {a}?',
    'is there {a} in the {picture}?',
    'do you see {a}?',
    'can you see {a} in the {picture}?',
    'does the {picture} show {a}?',
    'are there any {plural}?',
  ],
  colour: [
    'what colour is {a}?',
    'what color is {a}?',
    'which colour does {a} have?',
    'what is the colour of {a}?',
    'tell me the color of {a}',
  ],
  kind: [
    'what shape is {a}?',
    'which shape is {a}?',
    'what is the shape of {a}?',
    'what kind of shape is {a}?',
    'what is {a}?',
  ],
  size: [
    'what size is {a}?',
    'how big is {a}?',
    'is {a} large or small?',
    'is {a} small or large?',
    'what is the size of {a}?',
  ],
  verify: [
    'is {a} {value}?',
    'is the colour of {a} {value}?',
    '{a} is {value}, yes or no?',
    'would you say that {a} is {value}?',
  ],
  relation: [
    'is {a} {direction} {b}?',
    'would you say that {a} is {direction} {b}?',
    '{a} is {direction} {b}, yes or no?',
    'in the {picture}, is {a} {direction} {b}?',
  ],
  extreme: ['which is {most}, {a} or {b}?', 'what is {most}, {a} or {b}?', '{a} or {b}, which one is {most}?'],
  counting: [
    'how many {plural} are there?',
    'how many {plural} do you see?',
    'how many {plural} are in the {picture}?',
    'how many {plural} does the {picture} show?',
    'count the {plural}',
    'what is the number of {plural}?',
  ],
  more: [
    'are there more {a} than {b}?',
    'do you see more {a} than {b}?',
    'does the {picture} show more {a} than {b}?',
    'is the number of {a} larger than the number of {b}?',
  ],
  fewer: [
    'are there fewer {a} than {b}?',
    'do you see fewer {a} than {b}?',
    'does the {picture} show fewer {a} than {b}?',
  ],
  same: [
    'are there as many {a} as {b}?',
    'is the number of {a} the same as the number of {b}?',
    'do you see the same number of {a} and {b}?',
  ],
  majority: [
    'which are there more of, {a} or {b}?',
    'what do you see more of, {a} or {b}?',
    '{a} or {b}, which are more?',
  ],
  larger: [
    'is {a} {larger} than {b}?',
    'would you say that {a} is {larger} than {b}?',
    '{a} is {larger} than {b}, yes or no?',
  ],
  largest: ['which is {larger}, {a} or {b}?', 'what is {larger}, {a} or {b}?', '{a} or {b}, which one is {larger}?'],
  description: [
    'describe the {picture}',
    'what is in the {picture}?',
    'what do you see?',
    'what does the {picture} show?',
    'list all the shapes',
    'tell me what you see',
  ],
  order: [
    'is {a} {direction} {b}?',
    'is cell {a} {direction} cell {b}?',
    '{a} is {direction} {b}, yes or no?',
    'would you say that {a} is {direction} {b}?',
  ],
  place: ['where is {a}?', 'what is the place of {a}?', 'in which cell is {a}?', 'locate {a}'],
} as const satisfies Record<string, readonly string[]>;

/** What a thing is called whose kind is not said. */
export const THINGS = ['object', 'thing', 'shape'] as const;

export const LARGER = ['larger', 'bigger'] as const;
export const SMALLER = ['smaller'] as const;

/** `towards` is the sign of the difference along the axis; y points down. */
export const DIRECTIONS = [
  {
    axis: 'x',
    towards: -1,
    of: ['left of', 'to the left of', 'on the left of', 'further left than'],
    most: ['further left', 'more to the left'],
  },
  {
    axis: 'x',
    towards: 1,
    of: ['right of', 'to the right of', 'on the right of', 'further right than'],
    most: ['further right', 'more to the right'],
  },
  { axis: 'y', towards: -1, of: ['above', 'higher than', 'further up than'], most: ['higher', 'further up'] },
  { axis: 'y', towards: 1, of: ['below', 'under', 'lower than', 'further down than'], most: ['lower', 'further down'] },
] as const;

/** A scene in words, whole; `{list}` is made of the wording of one object. */
export interface Description {
  readonly object: string;
  readonly join: string;
  readonly scene: string;
}

export const DESCRIPTIONS = [
  { object: '{look} at {cell}', join: ' ; ', scene: '{list}' },
  { object: '{cell} : {look}', join: ' ; ', scene: '{list}' },
  { object: '{look} at {cell}', join: ' , ', scene: 'shapes : {list}' },
  { object: 'a {look} at {cell}', join: ' and ', scene: 'there is {list}' },
] as const satisfies readonly Description[];

/** The same, but that in two of them nothing stands between a thing and its cell. */
export const BARE_DESCRIPTIONS = [
  DESCRIPTIONS[0],
  { ...DESCRIPTIONS[1], object: '{cell} {look}' },
  { ...DESCRIPTIONS[2], object: '{look} {cell}' },
  DESCRIPTIONS[3],
] as const;

export const CAPTIONS = [
  '{list}',
  '{list}',
  'a picture of {list}',
  'an image with {list}',
  'a photo of {list}',
] as const;

/** Where in the picture people would say it is, by thirds of its height and width. */
export const PLACES = [
  ['at the top left', 'at the top', 'at the top right'],
  ['on the left', 'in the middle', 'on the right'],
  ['at the bottom left', 'at the bottom', 'at the bottom right'],
] as const;
