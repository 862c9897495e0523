import type { NodeMetrics, RunContext } from '../run.ts';
import type { TokenCounts } from '../values.ts';
import type { Generated } from './generator.ts';

/** Sends what each chunk adds; the first ends the prefill. A letter whose bytes are not all there yet waits for the next chunk. */
export function streaming(context: RunContext): (text: string) => void {
  let shown = '';
  let first = true;
  return (text) => {
    if (first) context.progress({ type: 'phase', phase: 'decode' });
    first = false;
    const whole = text.replace(/\uFFFD+$/, '');
    if (whole.startsWith(shown)) context.progress({ type: 'text', text: whole.slice(shown.length) });
    shown = whole;
  };
}

/** Tokens, speed and price of an answer, and what is to be said of it. */
export function answerMetrics({ answer, firstTokenMs, restMs }: Generated, price: number): NodeMetrics {
  const made = answer.tokens.thinking + answer.tokens.answer;
  return {
    tokens: answer.tokens,
    rate: { firstTokenMs, tokensPerSecond: restMs > 0 ? ((made - 1) * 1000) / restMs : 0 },
    ...(price > 0 && { price: priced(answer.tokens, price) }),
    ...(answer.caveat !== undefined && { caveat: answer.caveat }),
  };
}

/** What was made, at a price of a million tokens. */
function priced({ thinking, answer }: TokenCounts, price: number): NonNullable<NodeMetrics['price']> {
  return { thinking: (thinking * price) / 1e6, answer: (answer * price) / 1e6 };
}
