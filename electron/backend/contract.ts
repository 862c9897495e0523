import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { Problem } from '../../graphs/document.ts';
import type { Cost, Facts } from '../../nodes/definition.ts';
import type { Variant } from '../../nodes/imports/variants.ts';
import type { ModuleTree } from '../../nodes/onnx/modules.ts';
import type { ConnectorRecipe } from '../../nodes/training/recipe.ts';
import type { ValueSpec } from '../../nodes/values.ts';
import type { ComparisonEntry, ComparisonNews, ComparisonPlan, RunTime } from './comparison/news.ts';
import { requestSchema } from './comparison/schema.ts';
import { type Draft, draftSchema } from './documents/drafts.ts';
import { type Guide, guideSchema } from './documents/guide.ts';
import { type EndpointEntry, savedSchema, type TestReport } from './endpoints/schema.ts';
import type { RunError, RunEvent } from './executor/events.ts';
import type { PullState } from './models/hub/pulls.ts';
import type { ReasoningEntry, ReasoningNews, ReasoningPlan, ReasoningTime } from './reasoning/news.ts';
import { reasoningRequestSchema } from './reasoning/schema.ts';
import type { TrainingEstimate, TrainingEvent } from './training/events.ts';

/**
 * Everything the renderer may ask of the backend: one typed list, the same over a MessagePort (Electron) and a
 * WebSocket (browser). Graphs cross as the text of the document; the backend parses and checks them itself.
 * Tensors never cross; pictures do as small data URLs.
 */

/** What is known of one node before running. */
export interface NodeCheck {
  readonly facts?: Facts;
  readonly outputs: Readonly<Record<string, ValueSpec>>;
  readonly cost?: Cost;
  /** Why its inputs cannot work, in words. */
  readonly error?: string;
}

export interface GraphCheck {
  readonly problems: readonly Problem[];
  readonly nodes: Readonly<Record<string, NodeCheck>>;
  readonly total: Cost;
  /** Said where the engine failed, so that nothing is known of the nodes' files: once, whatever it was asked. */
  readonly engine?: RunError;
}

export interface ExampleEntry {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly visualTokens?: number;
  readonly text: string;
}

/** An earlier version of a saved document. */
export interface BackupEntry {
  /** When that version was written, as ISO 8601. */
  readonly at: string;
  readonly text: string;
}

/**
 * Why a file is not written over unasked: `exists`, it was not opened from there; `changed`, something else wrote it since;
 * `open`, another window shows it.
 */
export type SaveConflict = z.infer<typeof conflictSchema>;
const conflictSchema = z.enum(['exists', 'changed', 'open']);

export type SaveOutcome =
  | { readonly path: string; readonly mark: string }
  /** With the text that stands in the file, where it is a graph. */
  | { readonly conflict: SaveConflict; readonly text?: string };

/** A subgraph that this user keeps. */
export interface LibraryEntry {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** A graph of one node that stands for it. */
  readonly text: string;
}

export interface PictureEntry {
  /** `example:<name>`, as it stands in a graph. */
  readonly source: string;
  readonly title: string;
  readonly licence: string;
}

/** A model that this user trained. */
export interface TrainedEntry {
  /** `trained:<name>`, as it stands in a graph. */
  readonly reference: string;
  readonly title: string;
  /** Kinds of nodes that can hold it. */
  readonly kinds: readonly string[];
}

/** A graph that names a model. */
export type ModelUse =
  | { readonly where: 'open'; readonly title: string }
  | { readonly where: 'template'; readonly title: string; readonly name: string }
  | { readonly where: 'file'; readonly title: string; readonly path: string };

/** A model on this machine. */
export interface ModelEntry {
  /** As it stands in a graph. */
  readonly reference: string;
  readonly source: 'hub' | 'folder' | 'trained' | 'tiny';
  readonly title: string;
  /** Of a model from the Hub. */
  readonly commit?: string;
  /** As its card on the Hub has it. */
  readonly licence?: string;
  readonly folder: string;
  /** On disk. */
  readonly bytes: number;
  /** Precisions of an export that are whole; none where its download did not end. */
  readonly variants: readonly Variant[];
  readonly usedBy: readonly ModelUse[];
}

/** A precision in which a model on the Hub comes. */
export interface VariantEntry {
  readonly variant: Variant;
  /** Of its files. */
  readonly bytes: number;
  /** That its weights take once they are loaded. */
  readonly memory: number;
  /** That keys and values of `HubLook.tokens` tokens take beside them; 0 where it keeps none. */
  readonly cache: number;
  /** Files of another precision, for networks that lack this one. */
  readonly instead: readonly string[];
  readonly fits: boolean;
  readonly here: boolean;
  readonly suggested: boolean;
}

/** A model on the Hub. */
export interface HubLook {
  readonly reference: string;
  readonly commit: string;
  readonly licence?: string;
  readonly variants: readonly VariantEntry[];
  /** That caches are reckoned for; absent of a model that writes nothing. */
  readonly tokens?: number;
  /** Why that one is suggested. */
  readonly why: string;
  /** Of this machine, in bytes. */
  readonly memory: number;
}

/** A training under way. */
export interface TrainingEntry {
  readonly id: string;
  readonly recipe: ConnectorRecipe;
}

export interface ProviderEntry {
  readonly name: string;
  /** A session was made with it and answered correctly. */
  readonly works: boolean;
  /** It ran, and answered otherwise than the CPU. */
  readonly wrong?: boolean;
  readonly reason: string;
}

export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  readonly folder: boolean;
}

export interface AppInfo {
  readonly version: string;
  readonly host: 'electron' | 'browser';
  readonly platform: string;
  /** Native open and save dialogs are there; otherwise the app shows its own. */
  readonly dialogs: boolean;
  /** Where documents go by default. */
  readonly folder: string;
}

const path = z.string().min(1);
/** Checked where it is used, by the one schema of recipes. */
const recipe = z.custom<ConnectorRecipe>();
const training = z.object({ id: z.string() });
const comparison = z.object({ id: z.string() });
const measurement = z.object({ id: z.string() });
const download = z.object({ id: z.string() });
const model = z.object({ reference: z.string() });

export const contract = {
  app: {
    info: oc.output(type<AppInfo>()),
    providers: oc.output(type<readonly ProviderEntry[]>()),
    /** How far this user came in the first five minutes. */
    guide: oc.output(type<Guide>()),
    keepGuide: oc.input(guideSchema).output(type<void>()),
  },
  documents: {
    examples: oc.output(type<readonly ExampleEntry[]>()),
    /** An error carries the problems of a bad file in its message: first the path in the document. */
    openExample: oc.input(z.object({ name: z.string() })).output(type<{ text: string }>()),
    /** `mark` tells the file's content from any other; a picture that holds the graph has none: it is not saved over. */
    open: oc.input(z.object({ path })).output(type<{ path: string; text: string; mark?: string }>()),
    /**
     * Writes to a temporary file beside `path`, syncs, keeps the former as a backup, renames. Nothing is written where the
     * file is not the one that was opened (`known`, its mark), unless the person `agreed`.
     */
    save: oc
      .input(
        z.object({
          path,
          text: z.string(),
          id: z.string().optional(),
          known: z.string().optional(),
          agreed: z.array(conflictSchema).optional(),
        }),
      )
      .output(type<SaveOutcome>()),
    /** The last five versions of a file, the latest first. */
    backups: oc.input(z.object({ path })).output(type<readonly BackupEntry[]>()),
    /** Native dialogs; `null` where the user closed it. */
    pickOpen: oc.output(type<string | null>()),
    pickSave: oc.input(z.object({ suggested: z.string() })).output(type<string | null>()),
    list: oc
      .input(z.object({ folder: z.string().optional(), extension: z.enum(['.json', '.csv', '.onnx']).optional() }))
      .output(type<{ folder: string; parent?: string; entries: readonly FolderEntry[] }>()),
  },
  drafts: {
    /** Resolves once it is on disk: from then on no crash loses it. */
    keep: oc.input(draftSchema).output(type<void>()),
    discard: oc.input(z.object({ id: z.uuid() })).output(type<void>()),
    /** Goes on while a window shows the document. */
    hold: oc.input(z.object({ id: z.uuid(), path: path.optional() })).output(eventIterator(type<'held'>())),
    /** Those that no window shows: of windows and backends that ended. */
    list: oc.output(type<readonly Draft[]>()),
  },
  graph: {
    /** Validation, shapes and cost of a document as it stands; `path` lets relative file names resolve. */
    check: oc.input(z.object({ text: z.string(), path: z.string().optional() })).output(type<GraphCheck>()),
    /** The module tree of the model that a node holds, from the graph that would be built or its file; no weights are made or read. */
    modules: oc
      .input(
        z.object({
          text: z.string(),
          path: z.string().optional(),
          node: z.string(),
          /** Of what a file leaves open, by name. */
          sizes: z.record(z.string(), z.int().min(0)).optional(),
        }),
      )
      .output(type<ModuleTree>()),
  },
  /** Subgraphs that this user keeps for other graphs. */
  library: {
    list: oc.output(type<readonly LibraryEntry[]>()),
    save: oc.input(z.object({ name: z.string(), text: z.string() })).output(type<{ replaced: boolean }>()),
    remove: oc.input(z.object({ name: z.string() })).output(type<void>()),
  },
  models: {
    trained: oc.output(type<readonly TrainedEntry[]>()),
    /** Every model on this machine; `text` is the open graph, for who uses what. */
    list: oc.input(z.object({ text: z.string().optional() })).output(type<readonly ModelEntry[]>()),
    /** Downloaded or trained ones; graphs that name it are left as they are. */
    remove: oc.input(model).output(type<void>()),
    /** The text of a graph with the parts of a model of the Hub's layout. */
    graph: oc.input(model).output(type<{ text: string }>()),
    /** Asks the Hub for a model, `owner/name@revision`, and says which of its precisions fits this machine. */
    look: oc.input(model).output(type<HubLook>()),
    /** Begins to download one precision, else the one that fits; it goes on when nobody listens. */
    pull: oc.input(model.extend({ variant: z.string().optional() })).output(type<{ id: string }>()),
    /** All downloads as they stand, then again whenever something is new. */
    pulls: oc.output(eventIterator(type<readonly PullState[]>())),
    /** What came is kept, and a later download goes on from there. */
    cancelPull: oc.input(download).output(type<void>()),
    putPullAway: oc.input(download).output(type<void>()),
  },
  /** Servers that the user wrote down; a key goes in and never comes out. */
  endpoints: {
    list: oc.output(type<readonly EndpointEntry[]>()),
    save: oc.input(savedSchema).output(type<void>()),
    remove: oc.input(z.object({ name: z.string() })).output(type<void>()),
    /** Asks the server what it serves; ends with the request. */
    test: oc.input(z.object({ name: z.string() })).output(type<TestReport>()),
  },
  pictures: {
    list: oc.output(type<readonly PictureEntry[]>()),
    /** A data URL at most `size` pixels on its longer side. */
    thumbnail: oc
      .input(z.object({ source: z.string(), path: z.string().optional(), size: z.number().int().min(16).max(1024) }))
      .output(type<{ url: string; width: number; height: number }>()),
    /** Keeps a picture the user picked or dropped; returns the source to write into the graph. */
    add: oc.input(z.object({ name: z.string(), file: z.instanceof(Blob) })).output(type<{ source: string }>()),
  },
  run: {
    start: oc
      .input(
        z.object({
          text: z.string(),
          path: z.string().optional(),
          to: z.array(z.string()).optional(),
          from: z.array(z.string()).optional(),
          repeat: z.number().int().min(1).max(50).optional(),
          provider: z.string().optional(),
          fresh: z.boolean().optional(),
          profile: z.boolean().optional(),
        }),
      )
      .output(eventIterator(type<RunEvent>())),
    /** Soft first (between nodes and decode chunks); after a grace period the engine process is ended and started anew. */
    cancel: oc.input(z.object({ run: z.string() })).output(type<void>()),
  },
  /** One at a time, in a process of its own; it goes on when nobody listens. */
  training: {
    /** Does a little of it and times that; ends with the request. */
    estimate: oc.input(z.object({ recipe })).output(type<TrainingEstimate>()),
    start: oc.input(z.object({ recipe })).output(type<{ id: string }>()),
    /** All that was said so far, then what is said, until `training-done`. */
    events: oc.input(training).output(eventIterator(type<TrainingEvent>())),
    /** After the step that runs, and saves what it has; before the first step there is nothing to save. */
    stop: oc.input(training).output(type<void>()),
    current: oc.output(type<TrainingEntry | null>()),
  },
  /** One at a time; each is kept in the data folder, cell by cell, and goes on when nobody listens. */
  comparison: {
    /** The graphs and runs it would make; an error says why it makes none. */
    plan: oc.input(requestSchema).output(type<ComparisonPlan>()),
    /** Runs each graph a few times and tells how long the last took, graph by graph; ends with the request. */
    estimate: oc.input(requestSchema).output(eventIterator(type<RunTime>())),
    start: oc.input(requestSchema).output(type<{ id: string }>()),
    /** How it stands, then what is new, until it is over. */
    events: oc.input(comparison).output(eventIterator(type<ComparisonNews>())),
    /** After the run that is under way is left; cells that are done stay. */
    stop: oc.input(comparison).output(type<void>()),
    resume: oc.input(comparison).output(type<void>()),
    list: oc.output(type<readonly ComparisonEntry[]>()),
    remove: oc.input(comparison).output(type<void>()),
  },
  /** One at a time; each is kept in the data folder, search by search, and goes on when nobody listens. */
  reasoning: {
    /** The searches it would make; an error says why it makes none. */
    plan: oc.input(reasoningRequestSchema).output(type<ReasoningPlan>()),
    /** Searches for one problem in every way and tells how long that took so far; ends with the request. */
    estimate: oc.input(reasoningRequestSchema).output(eventIterator(type<ReasoningTime>())),
    start: oc.input(reasoningRequestSchema).output(type<{ id: string }>()),
    /** How it stands, then what is new, until it is over. */
    events: oc.input(measurement).output(eventIterator(type<ReasoningNews>())),
    /** After the search that is under way is left; those that are done stay. */
    stop: oc.input(measurement).output(type<void>()),
    resume: oc.input(measurement).output(type<void>()),
    list: oc.output(type<readonly ReasoningEntry[]>()),
    remove: oc.input(measurement).output(type<void>()),
  },
};

export type Contract = typeof contract;
