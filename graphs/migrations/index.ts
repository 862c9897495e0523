import { DocumentError, SCHEMA_VERSION } from '../document.ts';
import { describeValue } from '../issues.ts';
import type { Json } from '../json.ts';
import { fromVersion0 } from './v0.ts';

export type JsonObject = { readonly [key: string]: Json };

/**
 * `migrations[n]` turns a document of version n into one of version n + 1. Each is pure and never edited after it
 * shipped: it knows what version n meant by itself, not by today's schema or node library.
 */
const migrations: readonly ((document: JsonObject) => JsonObject)[] = [fromVersion0];

/** Brings a document to today's version. Throws `DocumentError` where it has no version or a newer one. */
export function migrate(document: JsonObject): JsonObject {
  const version = document.schemaVersion;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 0)
    throw versionError(
      `expected the version of the file format, 0 to ${SCHEMA_VERSION}, found ${describeValue(version)}`,
      'Check that this is a Patchbay graph',
    );
  if (version > SCHEMA_VERSION)
    throw versionError(
      `written by a newer Patchbay (format ${version}; this one reads up to ${SCHEMA_VERSION})`,
      'Update Patchbay to open it',
    );
  return migrations.slice(version).reduce((current, step) => step(current), document);
}

function versionError(message: string, hint: string): DocumentError {
  return new DocumentError([{ path: 'schemaVersion', message, hint, blocks: 'opening' }]);
}
