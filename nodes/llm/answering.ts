import type { NodeMetrics, RunContext } from '../run.ts';
import type { TokenCounts } from '../values.ts';
import type { LlmParams } from './definition.ts';
import type { Generated, GenerateRequest } from './generator.ts';

/** Tells that the prefill begins; returns what the node's parameters ask of its generator. */
export function begin(context: RunContext, params: LlmParams): GenerateRequest {
  context.progress({ type: 'phase', phase: 'prefill' });
  return {
    sampling: params,
    maxTokens: params.maxTokens,
    stop: params.stop.split('\n'),
    thinking: { budget: params.thinkingBudget, shown: params.thinking === 'shown' },
    signal: context.signal,
    onText: streaming(context),
  };
}

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
