import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { appRoot } from './backend/paths.ts';

/** The built renderer, as both hosts serve it. */

/** Scripts, styles and fonts from the app only; pictures also as data URLs (previews); nothing may frame or leave it. */
export function contentSecurityPolicy(connect: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export interface PageFile {
  readonly body: Buffer<ArrayBuffer>;
  readonly type: string;
}

/** A file of the page by URL path (`/` is the page itself); `undefined` where there is none. */
export async function pageFile(pathname: string): Promise<PageFile | undefined> {
  const root = join(appRoot(), 'dist', 'renderer');
  let file: string;
  try {
    file = normalize(join(root, decodeURIComponent(pathname === '/' ? '/index.html' : pathname)));
  } catch {
    return undefined;
  }
  const type = TYPES[extname(file)];
  if (!file.startsWith(root + sep) || !type) return undefined;
  try {
    return { body: await readFile(file), type };
  } catch {
    return undefined;
  }
}

export function pageHeaders(type: string, connect: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': contentSecurityPolicy(connect),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
}
