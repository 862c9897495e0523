/** Questions about pictures of digits that need two steps: read the digits, find two numbers, reckon with them. */
export const WORDINGS = {
  extremes: [
    'what is the sum of the largest and the smallest digit?',
    'add the largest digit and the smallest digit',
    'how much are the smallest and the largest digit together?',
  ],
  range: [
    'how much larger is the largest digit than the smallest?',
    'what is the largest digit minus the smallest digit?',
    'subtract the smallest digit from the largest digit',
  ],
  twice: [
    'what is twice the first digit plus the last digit?',
    'double the first digit and add the last digit',
    'how much is the last digit plus two times the first digit?',
  ],
  product: [
    'what is the first digit times the last digit?',
    'multiply the first digit by the last digit',
    'how much is the product of the first and the last digit?',
  ],
  rest: [
    'what is the sum of the digits without the largest one?',
    'take the largest digit from the sum of the digits: how much is left?',
    'add all digits but the largest',
  ],
} as const satisfies Record<string, readonly string[]>;
