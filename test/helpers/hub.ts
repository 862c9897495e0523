import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What a repository of the stand-in holds. */
export interface HubRepoContent {
  readonly commit: string;
  readonly licence?: string;
  /** 401 for whoever has no token, 403 for whoever has one that is not `ACCEPTED`. */
  readonly gated?: boolean;
  /** Its name today, where it was renamed. */
  readonly movedTo?: string;
  readonly files: Readonly<Record<string, Buffer>>;
}

/** The token of an account that accepted every licence. */
export const ACCEPTED = 'hf_accepted';

/** How the next answer with the content of a file goes wrong. */
export type Fault =
  /** The connection ends after so many bytes of the answer. */
  | { readonly cut: number }
  /** Nothing comes after so many bytes, and the connection stays open. */
  | { readonly stall: number }
  /** A refusal, with its headers. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Other bytes, as many. */
  | 'other-bytes'
  /** The answer ends well, but early. */
  | { readonly short: number }
  /** The whole file, whatever range was asked for. */
  | 'no-ranges';

export interface Seen {
  readonly server: 'hub' | 'cdn';
  readonly path: string;
  readonly authorization?: string;
  readonly range?: string;
}

/** Files above this are in large file storage: a pointer in git, the content on the CDN. */
const LFS_FROM = 1000;
/** Entries of a listing that come at once. */
const PAGE = 4;

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
export const gitOid = (bytes: Buffer) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** The Hub on 127.0.0.1, as far as models are downloaded from it, and beside it the CDN that it sends to. */
export class HubStandIn {
  readonly repos = new Map<string, HubRepoContent>();
  readonly seen: Seen[] = [];
  /** For the next answers with content, one each. */
  readonly faults: Fault[] = [];
  /** For the next answers of the API, one each. */
  readonly refusals: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[] = [];
  /** Content comes no faster, in bytes per second. */
  pace?: number;
  private readonly hub = createServer((request, response) => void this.answerHub(request, response));
  private readonly cdn = createServer((request, response) => void this.answerCdn(request, response));

  async start(): Promise<this> {
    for (const server of [this.hub, this.cdn]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return this;
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get url(): string {
    return address(this.hub);
  }

  /** Requests for content, in order. */
  get fetched(): readonly Seen[] {
    return this.seen.filter(({ server, path }) => server === 'cdn' || !path.startsWith('/api/'));
  }

  private note(server: Seen['server'], { url = '', headers }: IncomingMessage): void {
    this.seen.push({ server, path: url, authorization: headers.authorization, range: headers.range });
  }

  private async answerHub(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.note('hub', request);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const api = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(pathname);
    const content = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const refusal = api && this.refusals.shift();
    if (refusal) return refuse(response, refusal.status, undefined, refusal.headers);
    const name = api?.[1] ?? content?.[1] ?? '';
    const revision = decodeURIComponent(api?.[3] ?? content?.[2] ?? '');
    const repo = this.repos.get(name);
    if (!repo) return refuse(response, request.headers.authorization ? 404 : 401, 'RepoNotFound');
    if (repo.movedTo && api)
      return void response.writeHead(307, { Location: `/api/models/${repo.movedTo}/${api[2]}/${api[3]}` }).end();
    if (!['main', repo.commit].includes(revision)) return refuse(response, 404, 'RevisionNotFound');
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (repo.gated && content && token !== ACCEPTED) return refuse(response, token ? 403 : 401, 'GatedRepo');
    if (api?.[2] === 'revision') return json(response, this.infoOf(name, repo));
    if (api) return this.list(response, name, repo, Number(searchParams.get('cursor') ?? 0));
    return this.content(request, response, repo, decodeURIComponent(content?.[3] ?? ''));
  }

  private infoOf(name: string, { commit, licence, gated }: HubRepoContent) {
    return {
      _id: '1',
      id: name,
      sha: commit,
      private: false,
      gated: gated ? 'manual' : false,
      downloads: 1,
      likes: 1,
      lastModified: '2025-01-01T00:00:00.000Z',
      cardData: licence && { license: licence },
    };
  }

  /** In pages, the next one in the header `Link`. */
  private list(response: ServerResponse, name: string, { commit, files }: HubRepoContent, from: number): void {
    const entries = Object.entries(files);
    const page = entries.slice(from, from + PAGE).map(([path, bytes]) => {
      if (bytes.length < LFS_FROM) return { type: 'file', path, size: bytes.length, oid: gitOid(bytes) };
      const pointer = pointerOf(bytes);
      const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: pointer.length };
      return { type: 'file', path, size: bytes.length, oid: gitOid(pointer), lfs };
    });
    const directories = from === 0 ? [{ type: 'directory', path: 'onnx', size: 0, oid: '0'.repeat(40) }] : [];
    const next = `${this.url}/api/models/${name}/tree/${commit}?recursive=true&cursor=${from + PAGE}`;
    if (from + PAGE < entries.length) response.setHeader('Link', `<${next}>; rel="next"`);
    json(response, [...directories, ...page]);
  }

  private async content(
    request: IncomingMessage,
    response: ServerResponse,
    { commit, files }: HubRepoContent,
    path: string,
  ): Promise<void> {
    const bytes = files[path];
    if (!bytes) return refuse(response, 404, 'EntryNotFound');
    response.setHeader('X-Repo-Commit', commit);
    if (bytes.length < LFS_FROM) return this.send(request, response, bytes);
    response.setHeader('X-Linked-Size', bytes.length);
    response.setHeader('X-Linked-ETag', `"${sha256(bytes)}"`);
    response.writeHead(302, { Location: `${address(this.cdn)}/blobs/${sha256(bytes)}?signature=1` }).end();
  }

  private async answerCdn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.note('cdn', request);
    const hash = /^\/blobs\/([0-9a-f]{64})/.exec(request.url ?? '')?.[1];
    const all = [...this.repos.values()].flatMap(({ files }) => Object.values(files));
    const bytes = all.find((each) => sha256(each) === hash);
    if (!bytes) return refuse(response, 404);
    await this.send(request, response, bytes);
  }

  private async send(request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const fault = this.faults.shift();
    if (typeof fault === 'object' && 'status' in fault) return refuse(response, fault.status, undefined, fault.headers);
    const asked = fault === 'no-ranges' ? undefined : /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
    const from = Number(asked ?? 0);
    if (from >= bytes.length && bytes.length > 0) return refuse(response, 416);
    const part = fault === 'other-bytes' ? Buffer.alloc(bytes.length - from, 7) : bytes.subarray(from);
    response.setHeader('Accept-Ranges', 'bytes');
    // Without a length, an answer that ends early looks like a whole one.
    const short = typeof fault === 'object' && 'short' in fault ? fault.short : undefined;
    if (short === undefined) response.setHeader('Content-Length', part.length);
    if (asked !== undefined) response.setHeader('Content-Range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
    response.writeHead(asked === undefined ? 200 : 206);
    const most =
      typeof fault !== 'object'
        ? part.length
        : 'cut' in fault
          ? fault.cut
          : 'stall' in fault
            ? fault.stall
            : (short ?? 0);
    await this.write(response, part.subarray(0, most));
    if (typeof fault === 'object' && 'stall' in fault) return;
    if (typeof fault === 'object' && 'cut' in fault) response.destroy();
    else response.end();
  }

  private async write(response: ServerResponse, bytes: Buffer): Promise<void> {
    const step = this.pace === undefined ? bytes.length : Math.max(1, Math.round(this.pace / 50));
    for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
      await new Promise((resolve) => response.write(bytes.subarray(at, at + step), resolve));
      if (this.pace !== undefined) await wait(20);
    }
  }
}

const address = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function refuse(
  response: ServerResponse,
  status: number,
  code?: string,
  headers: Readonly<Record<string, string>> = {},
) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...(code && { 'X-Error-Code': code }), ...headers });
  response.end(JSON.stringify({ error: code ?? 'refused' }));
}

/** What git holds in the place of a large file. */
function pointerOf(bytes: Buffer): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.length}\n`);
}
