import type { z } from 'zod';
import type { FileFacts, ImportFacts } from './imports/facts.ts';
import type { ModuleGraph } from './onnx/modules.ts';
import type { Ports } from './ports.ts';
import type { ValueSpec } from './values.ts';

/** A place where a published figure, equation or design can be checked. */
export interface Source {
  readonly title: string;
  readonly url: string;
}

/** How the inspector shows a parameter, beside its title and description; attach with `.meta({...})` on the zod field. */
export interface ParamMeta {
  readonly unit?: string;
  readonly step?: number;
  /** `text`: many lines. `image`, `file`: a picker. `model`: a list of model references of this kind. */
  readonly control?: 'text' | 'image' | 'file' | 'model';
  /** For `model`: references that can be chosen, with a label. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  /** Hidden behind "More" in the inspector. */
  readonly advanced?: boolean;
  /** Shown in the inspector only while another parameter has one of these values; of several such, one is enough. */
  readonly when?: When | readonly When[];
}

/** Another parameter has one of these values, or one that begins so. */
interface When {
  readonly param: string;
  readonly is?: readonly string[];
  readonly starts?: string;
}

declare module 'zod' {
  /** So that `.meta({...})` is checked wherever a parameter is declared. */
  interface GlobalMeta extends ParamMeta {}
}

/** Facts about a node's files that its shapes need; made by `probe` in the kind's run.ts, on the backend. */
export type Facts = Readonly<Record<string, unknown>>;

/**
 * What a node will cost for one run over its inputs. Counts are walked from the built graph, never typed in. Parameters,
 * FLOPs and cache are those of the whole model; bytes are what this run needs, so with `layers: k` of those layers.
 */
export interface Cost {
  readonly parameters?: number;
  /** Multiply and add counted as two. */
  readonly flops?: number;
  /** Weights plus the largest activations, in bytes. */
  readonly peakBytes?: number;
  readonly kvCacheBytes?: number;
  readonly tokens?: Readonly<Partial<Record<'prompt' | 'visual' | 'answer', number>>>;
}

export interface SpecContext<P> {
  readonly params: P;
  /** Specs of what is wired in, by port, in wire order. A port with nothing known is absent. */
  readonly inputs: Readonly<Record<string, readonly ValueSpec[]>>;
  readonly facts?: Facts;
}

export type Category = 'Input' | 'Vision' | 'Fusion' | 'Language' | 'Reasoning' | 'Subgraph' | 'Other' | 'Output';

/**
 * What a node kind is, with nothing that runs it: this file's implementers stand in `nodes/<kind>/definition.ts`
 * and are read by the palette, the inspector, validation, the CLI and the estimate. `nodes/<kind>/run.ts`
 * exports `run: NodeRun` (see run.ts) and is loaded by the engine by that path.
 */
export interface NodeDefinition<S extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  /** Raise when the same parameters give another output: it is part of the cache key. */
  readonly version: number;
  readonly title: string;
  readonly category: Category;
  /** One paragraph. */
  readonly doc: string;
  readonly sources: readonly Source[];
  /** The parameter that seeds its sampling: each round of a repeat adds one to it. */
  readonly varies?: string;
  /** Every field has a default. Ranges (`min`, `max`) and units (`meta`) come from here. */
  readonly params: S;
  /** Ports; they may depend on parameters and facts (`onnx-model`). */
  ports(params: z.output<S>, facts?: Facts): Ports;
  /**
   * Specs of the outputs, by port; a port of which nothing can be said yet is left out.
   * Throws an `Error` whose message says, in words, why these inputs cannot work (e.g. widths that differ).
   */
  shapes(context: SpecContext<z.output<S>>): Readonly<Record<string, ValueSpec>>;
  cost?(context: SpecContext<z.output<S>>): Cost;
  /** Other parameters that a model of this kind wants: they follow when a person chooses another model. */
  wantedBy?(model: string): Partial<z.output<S>>;
  /** The graph behind its parameters and FLOPs, for a look at its modules; undefined while its sizes are not known. */
  modules?(context: SpecContext<z.output<S>>): ModuleGraph | undefined;
  /** The parameter that names an ONNX file, where the modules to look at stand in one. */
  readonly modelFile?: keyof z.output<S> & string;
  /** Of a model that others exported: its files that this node runs, where the modules to look at stand. */
  importedFiles?(facts: ImportFacts): readonly FileFacts[];
}

/** Identity that infers the parameter types. */
export function defineNode<S extends z.ZodObject>(definition: NodeDefinition<S>): NodeDefinition<S> {
  return definition;
}
