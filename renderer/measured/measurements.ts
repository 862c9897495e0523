import type { StoreApi } from 'zustand';
import { messageOf, useConnection } from '../backend/client.ts';
import { report, toast } from '../store/ui.ts';
import type { Shown, Standing } from './shown.ts';

/** A measurement that is kept in the backend. */
interface Kept {
  readonly id: string;
  readonly title: string;
  /** ISO 8601 */
  readonly began: string;
  readonly status: Standing['status'];
  readonly done: number;
}

interface State<Entry, News extends Standing> {
  readonly entries: readonly Entry[];
  /** Absent while the form is shown. */
  readonly shown?: Shown<News>;
}

interface Store<Entry, News extends Standing> extends Omit<StoreApi<State<Entry, News>>, 'setState'> {
  setState(changes: Partial<State<Entry, News>>): void;
}

/** What the backend does about one kind of measurement: its `comparison` or its `reasoning`. */
interface Part<Request, Entry, News> {
  start(request: Request): Promise<{ id: string }>;
  events(one: { id: string }): Promise<AsyncIterable<News>>;
  stop(one: { id: string }): Promise<void>;
  resume(one: { id: string }): Promise<void>;
  list(): Promise<readonly Entry[]>;
  remove(one: { id: string }): Promise<void>;
}

/** In what comparisons of graphs and measurements of reasoning differ. */
interface Kind<Request, Entry, News extends Standing> {
  /** As in `New comparison`. */
  readonly name: string;
  /** As in `Comparing: 3 of 10 runs`. */
  readonly doing: string;
  readonly unit: string;
  /** Of the bar that shows how far one is, for those who do not see it. */
  readonly label: string;
  /** How many of the unit there are to do. */
  of(one: Entry | News): number;
  readonly store: Store<Entry, News>;
  /** Throws while the backend is not reachable. */
  part(): Part<Request, Entry, News>;
  /** What is shown after some news. */
  heard(before: Shown<News> | undefined, id: string, news: News): Shown<News>;
  /** Undefined where a text is no result of this kind. Throws where it is one that cannot be read. */
  resultIn(text: string): News['result'];
  showResult(title: string, result: NonNullable<News['result']>): void;
}

/** Measurements of one kind, as the user starts, follows and stops them; how they stand is in the store. */
export class Measurements<Request = unknown, Entry extends Kept = Kept, News extends Standing = Standing> {
  /** Counts up, so that of two that follow the later one alone is heard. */
  private latest = 0;

  constructor(readonly kind: Kind<Request, Entry, News>) {}

  /** Shows one from a file, or the form where there is none. What was followed goes on unheard. */
  show(shown: Shown<News> | undefined): void {
    this.latest++;
    this.kind.store.setState({ shown });
  }

  showForm(): void {
    this.show(undefined);
    void this.list();
  }

  /** Shows the text of a file where it is a result. Returns whether it is, even one that cannot be read. */
  showIfResult(path: string, text: string): boolean {
    const file = path.replace(/^.*[\\/]/, '');
    try {
      const result = this.kind.resultIn(text);
      if (result) this.kind.showResult(file, result);
      return result !== undefined;
    } catch (error) {
      toast('error', `${file} is the result of a ${this.kind.name}, but cannot be read. ${messageOf(error)}`);
      return true;
    }
  }

  /** Returns whether it began. */
  async start(request: Request): Promise<boolean> {
    try {
      const { id } = await this.kind.part().start(request);
      void this.follow(id);
      return true;
    } catch (error) {
      report(error);
      return false;
    }
  }

  async resume(id: string): Promise<void> {
    try {
      await this.kind.part().resume({ id });
      this.kind.store.setState({ shown: undefined });
      void this.follow(id);
    } catch (error) {
      report(error);
    }
  }

  /** Stops the one that is shown. */
  async stop(): Promise<void> {
    const { shown } = this.kind.store.getState();
    if (shown?.id === undefined) return;
    this.kind.store.setState({ shown: { ...shown, stopping: true } });
    try {
      await this.kind.part().stop({ id: shown.id });
    } catch (error) {
      report(error);
    }
  }

  async remove(id: string): Promise<void> {
    try {
      await this.kind.part().remove({ id });
    } catch (error) {
      report(error);
    }
    await this.list();
  }

  async list(): Promise<void> {
    try {
      this.kind.store.setState({ entries: await this.kind.part().list() });
    } catch (error) {
      if (useConnection.getState().status === 'connected') report(error);
    }
  }

  /** Follows one that went on in the backend while the page was away from it. */
  async takeUp(): Promise<void> {
    const { shown } = this.kind.store.getState();
    if (shown?.id !== undefined && shown.status === 'running') return this.follow(shown.id);
    await this.list();
    const running = this.kind.store.getState().entries.find(({ status }) => status === 'running');
    if (running && !this.kind.store.getState().shown) await this.follow(running.id);
  }

  /** Shows one, and what is new of it until it is over. */
  async follow(id: string): Promise<void> {
    const turn = ++this.latest;
    try {
      let first = true;
      for await (const news of await this.kind.part().events({ id })) {
        if (turn !== this.latest) return;
        const { shown } = this.kind.store.getState();
        this.kind.store.setState({ shown: this.kind.heard(first ? undefined : shown, id, news) });
        first = false;
      }
      await this.list();
    } catch (error) {
      // Where the connection is down, the status bar says so; the measurement goes on and is taken up again.
      if (turn === this.latest && useConnection.getState().status === 'connected') report(error);
    }
  }
}
