import { uniformGenerator } from '../../generation/uniforms.ts';
import type { CardOf } from '../../models/card.ts';
import {
  add,
  argMax,
  cast,
  concat,
  expand,
  gather,
  log,
  matmul,
  mul,
  neg,
  reduceMax,
  reduceMean,
  reshape,
  slice,
  softmax,
  squeeze,
  transpose,
  values,
} from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { LOWEST } from '../../onnx/layers/attention.ts';
import { embedding, linear, STD, tiedHead } from '../../onnx/layers/linear.ts';
import { layerNorm } from '../../onnx/layers/norm.ts';
import { learnedQueries, transformed } from '../../q-former/model.ts';
import type { QFormerConfig } from '../../q-former/presets.ts';
import type { Batch, BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import { integer } from '../data/chance.ts';
import { idOf } from '../data/tokens.ts';
import { accuracy, crossEntropy, normalised, pairedCrossEntropy } from '../losses.ts';
import type { Outcome } from '../outcome.ts';
import type { RepresentationRecipe } from '../recipe.ts';
import type { Objective, Trainee } from '../step.ts';
import { pictured } from './pictures.ts';
import type { Sources } from './sources.ts';

/**
 * A Q-Former's first stage (BLIP-2, section 3.1, figure 2): its queries learn to hold what captions say, by three losses
 * over one transformer under three masks. Text is left behind when the stage ends.
 */
export function representationTrainee(
  recipe: RepresentationRecipe,
  { encoder }: { readonly encoder: CardOf<'vision-encoder'> },
): Trainee {
  const { schedule, context, architecture } = recipe;
  const { outputWidth: _, input, ...config } = architecture;
  const n = schedule.batch;
  const { size, patch, classToken } = encoder.architecture.vision;
  const tokens = (size / patch) ** 2 + (classToken ? 1 : 0);
  return {
    build(g) {
      const features = cast(g, g.input('features', 'float16', [n, tokens, input]), 'float32');
      const ids = g.input('ids', 'int64', [n, context]);
      const captions = {
        ids,
        start: g.input('start', 'int64', [n, 1]),
        targets: g.input('targets', 'int64', [n * context]),
        weights: g.input('target_weights', 'float32', [n * context]),
        padding: g.input('padding', 'float32', [n, context]),
      };
      const noise = g.input('noise', 'float32', [2, n, n]);
      return g.scope('connector', () => new Stage(g, config, features, captions, recipe.vocabulary).objective(noise));
    },
    trains: () => true,
  };
}

interface Captions {
  /** `<cls>` and the caption, padded, `[n, context]`. */
  readonly ids: Handle;
  /** `<decode>`, which takes the place of `<cls>` where text is generated, `[n, 1]`. */
  readonly start: Handle;
  /** What follows each token, `[n·context]`, and 0 where nothing does. */
  readonly targets: Handle;
  readonly weights: Handle;
  /** 0 for tokens, very low for padding, `[n, context]`. */
  readonly padding: Handle;
}

class Stage {
  private readonly n: number;
  private readonly context: number;

  constructor(
    private readonly g: Graph,
    private readonly config: QFormerConfig,
    private readonly features: Handle,
    private readonly captions: Captions,
    private readonly vocabulary: number,
  ) {
    [this.n, this.context] = captions.ids.shape.map(Number) as [number, number];
  }

  objective(noise: Handle): Objective {
    const { g } = this;
    // Two passes over one transformer.
    const { contrast, match, generate } = g.sharing(() => {
      const { queries, caption, generated } = this.apart();
      const { loss, similarity } = this.contrast(queries, caption);
      return { contrast: loss, match: this.match(similarity, noise), generate: this.generate(generated) };
    });
    return {
      loss: add(g, add(g, contrast, match.loss), generate.loss),
      figures: { itc: contrast, itm: match.loss, itg: generate.loss, matched: match.right, generated: generate.right },
      outputs: {},
    };
  }

  /**
   * One pass for the two losses whose queries do not see text. Behind the queries the caption stands twice: first it sees itself
   * alone (ITC), then, from `<decode>` on, the queries and what came before (ITG).
   */
  private apart(): Readonly<Record<'queries' | 'caption' | 'generated', Handle>> {
    const { g, context, config, features, captions } = this;
    const ids = concat(g, [captions.start, slice(g, captions.ids, 1, 1)], 1);
    const start = {
      queries: learnedQueries(g, config, features),
      text: concat(g, [this.embedded(captions.ids), this.embedded(ids)], 1),
    };
    const padding = concat(g, [captions.padding, captions.padding], 1);
    const mask = add(g, this.sight(), this.keys(padding, config.queries));
    const { queries, text } = transformed(g, config, start, features, mask);
    if (!queries || !text) throw new Error('queries and text must come out');
    return { queries, caption: slice(g, text, 1, 0, context), generated: slice(g, text, 1, context) };
  }

  /** ITC: of a picture's queries the one that is nearest to the text counts. */
  private contrast(queries: Handle, text: Handle): { readonly loss: Handle; readonly similarity: Handle } {
    const { g, n, config } = this;
    const width = config.width;
    const image = normalised(g, linear(g, 'image_projection', queries, width));
    const caption = normalised(g, linear(g, 'text_projection', squeeze(g, slice(g, text, 1, 0, 1), [1]), width));
    const flat = reshape(g, image, [n * config.queries, width]);
    const each = reshape(g, matmul(g, flat, transpose(g, caption, [1, 0])), [n, config.queries, n]);
    const scale = g.param('scale', [1], { kind: 'constant', value: 1 / 0.07 });
    const similarity = mul(g, reduceMax(g, each, [1], { keep: false }), scale);
    return { loss: pairedCrossEntropy(g, similarity), similarity };
  }

  /** ITM: all see all; is this the picture's caption? Wrong ones are drawn by how alike they look (hard negatives). */
  private match(similarity: Handle, noise: Handle): { readonly loss: Handle; readonly right: Handle } {
    const { g, n, config, features, captions } = this;
    const drawn = [similarity, transpose(g, similarity, [1, 0])].map((scores, i) => this.negatives(scores, noise, i));
    const [texts, images] = drawn as [Handle, Handle];
    const three = (x: Handle, second: Handle, third: Handle) => concat(g, [x, second, third], 0);
    const shown = three(features, gather(g, features, images), features);
    const read = (x: Handle) => three(x, x, gather(g, x, texts));
    const text = this.embedded(read(captions.ids));
    const mask = this.keys(read(captions.padding), config.queries);
    const { queries } = transformed(g, config, { queries: learnedQueries(g, config, shown), text }, shown, mask);
    if (!queries) throw new Error('the queries are gone');
    const logits = reduceMean(g, linear(g, 'match', queries, 2), [1], { keep: false });
    const labels = values(
      g,
      Array.from({ length: 3 * n }, (_, i) => (i < n ? 1 : 0)),
      [3 * n],
      'int64',
    );
    return { loss: crossEntropy(g, logits, labels), right: accuracy(g, logits, labels) };
  }

  /** One other row for each, drawn in proportion to the softmax of its scores (Gumbel 1954, by the largest disturbed score). */
  private negatives(scores: Handle, noise: Handle, which: number): Handle {
    const { g, n } = this;
    const own = values(
      g,
      Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? LOWEST : 0)),
      [n, n],
      'float32',
    );
    const uniform = squeeze(g, slice(g, noise, 0, which, which + 1), [0]);
    const gumbel = neg(g, log(g, neg(g, log(g, uniform))));
    return argMax(g, add(g, add(g, log(g, add(g, softmax(g, scores), 1e-9)), gumbel), own), -1);
  }

  /** ITG: what follows each word? */
  private generate(text: Handle): { readonly loss: Handle; readonly right: Handle } {
    const { g, n, context, config, captions } = this;
    const table = embedding(g, 'words', captions.ids, this.vocabulary, config.width).table;
    const logits = reshape(g, tiedHead(g, text, table), [n * context, this.vocabulary]);
    const { targets, weights } = captions;
    return {
      loss: crossEntropy(g, logits, targets, { weights, smoothing: 0.1 }),
      right: accuracy(g, logits, targets, weights),
    };
  }

  /** Words and their places, `[n, context, width]`. */
  private embedded(ids: Handle): Handle {
    const { g, context, config } = this;
    const words = embedding(g, 'words', ids, this.vocabulary, config.width).embedded;
    const places = g.param('places', [1, context, config.width], { kind: 'normal', std: STD });
    return layerNorm(g, 'text_norm', add(g, words, places), { epsilon: config.epsilon });
  }

  /** Hides padded text after `queries` queries from all: `[n, 1, 1, queries + text]`. */
  private keys(padding: Handle, queries: number): Handle {
    const { g } = this;
    const [count, text] = padding.shape.map(Number) as [number, number];
    const seen = values(g, Array(queries).fill(0), [1, queries], 'float32');
    const all = concat(g, [expand(g, seen, [count, queries]), padding], 1);
    return reshape(g, all, [count, 1, 1, queries + text]);
  }

  /** Who sees whom in `apart`: `[total, total]`, queries first. */
  private sight(): Handle {
    const { context, config } = this;
    const total = config.queries + 2 * context;
    const part = (at: number) =>
      at < config.queries ? 'queries' : at < config.queries + context ? 'caption' : 'generated';
    const sees = (row: number, col: number) => {
      if (part(row) === 'generated') return part(col) !== 'caption' && col <= row;
      return part(row) === part(col);
    };
    const mask = Array.from({ length: total * total }, (_, i) => (sees(Math.floor(i / total), i % total) ? 0 : LOWEST));
    return values(this.g, mask, [total, total], 'float32');
  }
}

const [CLS, DECODE, END] = [idOf('<cls>'), idOf('<decode>'), idOf('<end>')];

export function representationBatches(recipe: RepresentationRecipe, sources: Sources): BatchMaker {
  const { schedule, seed, pictures, context } = recipe;
  const n = schedule.batch;
  return (split, index): Batch => {
    const [ids, targets] = [new BigInt64Array(n * context), new BigInt64Array(n * context)];
    const [weights, padding] = [new Float32Array(n * context), new Float32Array(n * context).fill(LOWEST)];
    const numbers: number[] = [];
    for (let row = 0; row < n; row++) {
      const random = uniformGenerator(itemSeed(seed + 1, split, index * n + row));
      const picture = split === 'train' ? integer(random, 0, pictures - 1) : index * n + row;
      numbers.push(picture);
      const { world, scene } = pictured(recipe, sources, split, picture);
      const words = [...sources.tokenizer.encode(world.caption(scene, random)).slice(0, context - 1), END];
      [CLS, ...words].slice(0, context).forEach((id, i) => {
        const at = row * context + i;
        ids[at] = BigInt(id);
        padding[at] = 0;
        const next = words[i];
        if (next === undefined) return;
        targets[at] = BigInt(next);
        weights[at] = 1;
      });
    }
    const random = uniformGenerator(itemSeed(seed + 2, split, index));
    const noise = Float32Array.from({ length: 2 * n * n }, () => Math.min(1 - 1e-6, Math.max(1e-6, random())));
    return {
      pictures: numbers,
      feeds: {
        ids: { dtype: 'int64', dims: [n, context], data: ids },
        start: { dtype: 'int64', dims: [n, 1], data: new BigInt64Array(n).fill(BigInt(DECODE)) },
        targets: { dtype: 'int64', dims: [n * context], data: targets },
        target_weights: { dtype: 'float32', dims: [n * context], data: weights },
        padding: { dtype: 'float32', dims: [n, context], data: padding },
        noise: { dtype: 'float32', dims: [2, n, n], data: noise },
      },
    };
  };
}

/** Text's own parts are left behind. */
const OF_TEXT = /^connector\.(words|places|text_norm|image_projection|text_projection|match|scale)\b|_text\./;

/** A Q-Former without its projection to an LLM, which the second stage adds. */
export function representationOutcomes(recipe: RepresentationRecipe): readonly Outcome[] {
  const { name, title, about, architecture, encoder, llm } = recipe;
  return [
    {
      card: {
        name,
        title,
        about,
        kind: 'q-former',
        architecture,
        encoder,
        llm,
        partial: 'the first of two stages: it has no projection to an LLM yet',
      },
      nameOf: (parameter) => (OF_TEXT.test(parameter) ? undefined : parameter.replace(/^connector\./, '')),
    },
  ];
}
