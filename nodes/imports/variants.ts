/** Precisions in which exports come, and what their files' names end in. Best first, where all fit. */
export const VARIANTS = ['fp32', 'fp16', 'q8', 'q4f16', 'q4', 'int8', 'uint8', 'bnb4'] as const;

export type Variant = (typeof VARIANTS)[number];

const SUFFIXES: Readonly<Record<Variant, string>> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  q4f16: '_q4f16',
  q4: '_q4',
  int8: '_int8',
  uint8: '_uint8',
  bnb4: '_bnb4',
};

/** Suffixes that are known and not chosen: too coarse to be worth it, or of later tools. */
const OTHERS = ['_q2', '_q1', '_q2f16', '_q1f16', '_q8'];

/** `onnx/decoder_model_merged_q4.onnx` → `onnx/decoder_model_merged` and `q4`; nothing for a precision that is not chosen. */
export function namedVariant(path: string): { readonly stem: string; readonly variant: Variant } | undefined {
  const whole = path.replace(/\.onnx$/, '');
  if (OTHERS.some((suffix) => whole.endsWith(suffix))) return undefined;
  const variant = VARIANTS.find((one) => SUFFIXES[one] !== '' && whole.endsWith(SUFFIXES[one])) ?? 'fp32';
  return { stem: whole.slice(0, whole.length - SUFFIXES[variant].length), variant };
}
