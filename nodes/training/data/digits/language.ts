/** Wordings of the digits' world; `{digit}` is one digit. */
export const WORDINGS = {
  read: [
    'what number is this?',
    'which number do you see?',
    'what number is in the {picture}?',
    'read the number',
    'read the digits',
    'what does the {picture} say?',
  ],
  sum: [
    'what is the sum of the digits?',
    'what do the digits add up to?',
    'add the digits',
    'what is the total of all digits?',
    'how much is the sum of the digits in the {picture}?',
  ],
  largest: [
    'what is the largest digit?',
    'which digit is the largest?',
    'what is the biggest digit in the {picture}?',
    'which of the digits is the greatest?',
    'largest digit?',
  ],
  count: [
    'how many {digit}s are there?',
    'how many {digit}s do you see?',
    'how many times does the digit {digit} appear?',
    'how often do you see the digit {digit}?',
    'count the {digit}s in the {picture}',
    'how many of the digits are {digit}?',
  ],
  length: [
    'how many digits are there?',
    'how many digits do you see?',
    'how many digits does the number have?',
    'how many digits are in the {picture}?',
    'count the digits',
  ],
} as const satisfies Record<string, readonly string[]>;

/** A scene in words, whole; the digits stand apart, from left to right. */
export const DESCRIPTIONS = [
  'digits {digits}',
  '{digits}',
  'from left to right : {digits}',
  'the digits are {digits}',
] as const;

/** Digits with the columns they stand in, in any order. */
export const PLACED = { digit: '{digit} at {column}', join: ' , ' } as const;

export const CAPTIONS = [
  'the number {number}',
  'a picture of the number {number}',
  'a photo of the digits {digits}',
  'the digits {digits}',
  'handwritten digits {digits}',
  '{number}',
] as const;
