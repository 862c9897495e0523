interface Newline {
  /** A learned vector ends each row of patches (LLaVA-NeXT). */
  readonly newline?: boolean;
}

/** What a projector is, apart from the width that comes in. Widths in features. */
export type ProjectorConfig =
  | ({ readonly design: 'linear'; readonly width: number } & Newline)
  /** `depth` linear layers with the activation between them; all but the first are `width × width`. */
  | ({
      readonly design: 'mlp';
      readonly width: number;
      readonly depth: number;
      readonly activation: 'gelu' | 'gelu-tanh' | 'relu' | 'silu';
    } & Newline)
  /** 2 × 2 neighbours into one token of four times the width, layer norm, two linear layers (InternVL). */
  | { readonly design: 'pixel-shuffle'; readonly width: number }
  /** Layer norm, 2 × 2 neighbours into one token, two linear layers, the first `4w × 4w` (Qwen2-VL). */
  | { readonly design: 'patch-merger'; readonly width: number }
  /** One cross-attention layer from `queries` learned vectors with 2-D positions to the patches (Qwen-VL). */
  | { readonly design: 'resampler'; readonly width: number; readonly queries: number; readonly heads: number }
  /** `depth` layers in which `queries` learned vectors attend to the patches and themselves (Flamingo). */
  | {
      readonly design: 'perceiver';
      readonly width: number;
      readonly queries: number;
      readonly heads: number;
      readonly headWidth: number;
      readonly depth: number;
    };

/** Tokens and grid that come out for a patch grid that goes in (class token apart). Throws where 2 × 2 does not fit. */
export function projectedTokens(
  config: ProjectorConfig,
  grid: readonly [number, number],
): { readonly tokens: number; readonly grid?: readonly [number, number] } {
  if (config.design === 'perceiver') return { tokens: config.queries };
  if (config.design === 'resampler') {
    const side = Math.sqrt(config.queries);
    return { tokens: config.queries, grid: [side, side] };
  }
  if (!mergesNeighbours(config)) return { tokens: grid[0] * grid[1], grid };
  if (grid[0] % 2 !== 0 || grid[1] % 2 !== 0)
    throw new Error(
      `${config.design} merges 2 × 2 patches, but the grid is ${grid[0]} × ${grid[1]}: both must be even`,
    );
  const merged = [grid[0] / 2, grid[1] / 2] as const;
  return { tokens: merged[0] * merged[1], grid: merged };
}

export function mergesNeighbours({ design }: ProjectorConfig): boolean {
  return design === 'pixel-shuffle' || design === 'patch-merger';
}

/** Whether a learned newline ends each row of patches. */
export function endsRows(config: ProjectorConfig): boolean {
  return 'newline' in config && config.newline === true;
}
