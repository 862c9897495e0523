import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { implement, ORPCError } from '@orpc/server';
import { compile } from '../../graphs/compile.ts';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { DocumentError } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { flatIds, flatten } from '../../graphs/subgraphs.ts';
import { catalog } from '../../nodes/catalog.ts';
import { NodeError } from '../../nodes/run.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { Comparisons } from './comparison/comparisons.ts';
import { contract } from './contract.ts';
import { listBackups } from './documents/backups.ts';
import { Drafts } from './documents/drafts.ts';
import { readGuide, writeGuide } from './documents/guide.ts';
import { listLibrary, removeFromLibrary, saveToLibrary } from './documents/library.ts';
import { listExamples, listFolder, openExample, openFile } from './documents/open.ts';
import { addPicture, listPictures, thumbnail } from './documents/pictures.ts';
import { noteRecent } from './documents/recent.ts';
import { removeLeftoversBelow } from './documents/save.ts';
import { saveOver } from './documents/save-over.ts';
import { Endpoints, type Vault } from './endpoints/endpoints.ts';
import type { EngineProcess } from './engine/process.ts';
import { cachedProbe, checkText, modulesOf, probeDocument } from './estimate.ts';
import { graphText } from './models/graph-of.ts';
import { Pulls } from './models/hub/pulls.ts';
import { listModels, lookAtModel, removeModel } from './models/manager.ts';
import { listTrained } from './models/stored.ts';
import { resolveSource, trainedModels } from './paths.ts';
import { Reasonings } from './reasoning/reasonings.ts';
import { Trainings } from './training/trainings.ts';

/** What the program around the service can do for it: the desktop shell, or the browser host. */
export interface Host {
  readonly kind: 'electron' | 'browser';
  /** Native dialogs, where there are any; each resolves to `null` when the user closes it. */
  readonly dialogs?: {
    pickOpen(): Promise<string | null>;
    pickSave(suggested: string): Promise<string | null>;
  };
  /** Where the system keeps secrets, if it does. */
  readonly vault?: Vault;
}

/** The engine as the service uses it: see `EngineProcess`. */
export type Engine = Pick<EngineProcess, 'run' | 'probe' | 'providers' | 'cancel'>;

/** The router behind the contract: never blocks, holds no tensor, and knows neither Electron nor HTTP. */
export function createService(
  engine: Engine,
  host: Host,
  trainings = new Trainings(),
  comparisons = new Comparisons(engine),
  reasonings = new Reasonings(engine),
  drafts = new Drafts(),
  pulls = new Pulls(engine),
) {
  void drafts.tidy();
  void removeLeftoversBelow(trainedModels());
  const probe = cachedProbe((kind, params, folder) => engine.probe(kind, params, folder));
  const endpoints = new Endpoints(host.vault);
  const folderOf = (path: string | undefined) => (path === undefined ? undefined : dirname(path));
  const service = implement(contract).use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw forTheUser(error);
    }
  });

  return service.router({
    app: {
      info: service.app.info.handler(() => ({
        version: packageJson.version,
        host: host.kind,
        platform: process.platform,
        dialogs: host.dialogs !== undefined,
        folder: homedir(),
      })),
      providers: service.app.providers.handler(() => engine.providers()),
      guide: service.app.guide.handler(() => readGuide()),
      keepGuide: service.app.keepGuide.handler(({ input }) => writeGuide(input)),
    },
    documents: {
      examples: service.documents.examples.handler(() => listExamples()),
      openExample: service.documents.openExample.handler(async ({ input }) => ({
        text: await openExample(input.name),
      })),
      open: service.documents.open.handler(async ({ input }) => {
        const opened = await openFile(input.path);
        void noteRecent(opened.path);
        return opened;
      }),
      save: service.documents.save.handler(async ({ input }) => {
        const text = format(withoutDefaults(parse(input.text), catalog));
        const outcome = await saveOver({ ...input, text }, drafts);
        if ('path' in outcome) void noteRecent(outcome.path);
        return outcome;
      }),
      backups: service.documents.backups.handler(({ input }) => listBackups(input.path)),
      pickOpen: service.documents.pickOpen.handler(() => dialogsOf(host).pickOpen()),
      pickSave: service.documents.pickSave.handler(({ input }) => dialogsOf(host).pickSave(input.suggested)),
      list: service.documents.list.handler(({ input }) => listFolder(input.folder ?? homedir(), input.extension)),
    },
    drafts: {
      keep: service.drafts.keep.handler(({ input }) => drafts.keep(input)),
      discard: service.drafts.discard.handler(({ input }) => drafts.discard(input.id)),
      hold: service.drafts.hold.handler(({ input, signal }) => drafts.hold(input, signal)),
      list: service.drafts.list.handler(() => drafts.list()),
    },
    graph: {
      modules: service.graph.modules.handler(({ input }) =>
        modulesOf(parse(input.text), input.node, probe, folderOf(input.path), input.sizes),
      ),
      check: service.graph.check.handler(({ input }) => checkText(input.text, probe, folderOf(input.path))),
    },
    library: {
      list: service.library.list.handler(() => listLibrary()),
      save: service.library.save.handler(({ input }) => saveToLibrary(input.name, input.text)),
      remove: service.library.remove.handler(({ input }) => removeFromLibrary(input.name)),
    },
    models: {
      trained: service.models.trained.handler(() => listTrained()),
      list: service.models.list.handler(({ input }) => listModels(input.text)),
      remove: service.models.remove.handler(async ({ input }) => {
        await removeModel(input.reference);
        // Nodes that hold it are to say so.
        probe.clear();
      }),
      graph: service.models.graph.handler(async ({ input }) => ({ text: await graphText(input.reference) })),
      look: service.models.look.handler(async ({ input, signal }) =>
        lookAtModel(input.reference, await pulls.machine(), signal ?? new AbortController().signal),
      ),
      pull: service.models.pull.handler(({ input }) => ({ id: pulls.start(input.reference, input.variant) })),
      pulls: service.models.pulls.handler(({ signal }) => pulls.all(signal)),
      cancelPull: service.models.cancelPull.handler(({ input }) => pulls.cancel(input.id)),
      putPullAway: service.models.putPullAway.handler(({ input }) => pulls.putAway(input.id)),
    },
    endpoints: {
      list: service.endpoints.list.handler(() => endpoints.list()),
      save: service.endpoints.save.handler(({ input }) => endpoints.save(input)),
      remove: service.endpoints.remove.handler(({ input }) => endpoints.remove(input.name)),
      test: service.endpoints.test.handler(({ input, signal }) =>
        endpoints.test(input.name, signal ?? new AbortController().signal),
      ),
    },
    pictures: {
      list: service.pictures.list.handler(() => listPictures()),
      thumbnail: service.pictures.thumbnail.handler(({ input }) =>
        thumbnail(resolveSource(input.source, folderOf(input.path)), input.size),
      ),
      add: service.pictures.add.handler(async ({ input }) => ({ source: await addPicture(input.name, input.file) })),
    },
    run: {
      start: service.run.start.handler(async ({ input }) => {
        const { text, path, ...options } = input;
        // Files may have changed since they were last looked at.
        probe.clear();
        const document = parse(text);
        const { facts } = await probeDocument(document, probe, folderOf(path));
        const flat = flatten(document);
        const parts = {
          ...(options.to && { to: flatIds(flat, options.to) }),
          ...(options.from && { from: flatIds(flat, options.from) }),
        };
        return engine.run(compile(document, catalog, { ...options, facts }), { ...options, ...parts }, folderOf(path));
      }),
      cancel: service.run.cancel.handler(({ input }) => engine.cancel(input.run)),
    },
    training: {
      estimate: service.training.estimate.handler(({ input, signal }) => trainings.estimate(input.recipe, signal)),
      start: service.training.start.handler(({ input }) => ({ id: trainings.start(input.recipe) })),
      events: service.training.events.handler(({ input }) => trainings.events(input.id)),
      stop: service.training.stop.handler(({ input }) => trainings.stop(input.id)),
      current: service.training.current.handler(() => trainings.current()),
    },
    comparison: {
      plan: service.comparison.plan.handler(({ input }) => comparisons.plan(input)),
      estimate: service.comparison.estimate.handler(({ input, signal }) =>
        throughout(comparisons.estimate(input, signal ?? new AbortController().signal)),
      ),
      start: service.comparison.start.handler(async ({ input }) => ({ id: await comparisons.start(input) })),
      events: service.comparison.events.handler(({ input }) => throughout(comparisons.events(input.id))),
      stop: service.comparison.stop.handler(({ input }) => comparisons.stop(input.id)),
      resume: service.comparison.resume.handler(({ input }) => comparisons.resume(input.id)),
      list: service.comparison.list.handler(() => comparisons.list()),
      remove: service.comparison.remove.handler(({ input }) => comparisons.remove(input.id)),
    },
    reasoning: {
      plan: service.reasoning.plan.handler(({ input }) => reasonings.plan(input)),
      estimate: service.reasoning.estimate.handler(({ input, signal }) =>
        throughout(reasonings.estimate(input, signal ?? new AbortController().signal)),
      ),
      start: service.reasoning.start.handler(async ({ input }) => ({ id: await reasonings.start(input) })),
      events: service.reasoning.events.handler(({ input }) => throughout(reasonings.events(input.id))),
      stop: service.reasoning.stop.handler(({ input }) => reasonings.stop(input.id)),
      resume: service.reasoning.resume.handler(({ input }) => reasonings.resume(input.id)),
      list: service.reasoning.list.handler(() => reasonings.list()),
      remove: service.reasoning.remove.handler(({ input }) => reasonings.remove(input.id)),
    },
  });
}

function dialogsOf(host: Host) {
  if (!host.dialogs) throw new NodeError('This host has no native dialogs.');
  return host.dialogs;
}

/** Only errors written for the user may cross as they are; oRPC hides the text of all others. */
function forTheUser(error: unknown): unknown {
  if (error instanceof DocumentError)
    return new ORPCError('BAD_REQUEST', { message: error.message, data: { problems: error.problems } });
  if (error instanceof NodeError)
    return new ORPCError('BAD_REQUEST', { message: error.message, data: { hint: error.hint } });
  return error;
}

/** The same for what fails after it began to answer. */
async function* throughout<T>(events: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  try {
    yield* events;
  } catch (error) {
    throw forTheUser(error);
  }
}
