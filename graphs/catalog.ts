/** What `graphs` asks of the node library, so that it need not know it. Implemented by nodes/catalog.ts. */

/** Facts of nodes whose files were read, by node id. */
export type FactsByNode = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface InputInfo {
  readonly optional: boolean;
  readonly multiple: boolean;
  /** Not read where that other input is wired too. */
  readonly yields?: { readonly to: string; readonly why: string };
  /** Why an output of this type does not fit, in words; `undefined` where it does. */
  refusal(outputType: string): string | undefined;
}

export interface PortsInfo {
  readonly inputs: Readonly<Record<string, InputInfo>>;
  readonly outputs: Readonly<Record<string, { readonly type: string }>>;
  /** Ports that cannot be known before a file was read (`onnx-model`): any name passes. */
  readonly open?: boolean;
}

export type ParsedParams =
  | { readonly params: Readonly<Record<string, unknown>> }
  | { readonly problems: readonly { readonly name: string; readonly message: string }[] };

export interface KindInfo {
  readonly version: number;
  /** The parameter that seeds its sampling, where it has one. */
  readonly varies?: string;
  /** Fills in defaults; says which parameter is wrong and what was expected. */
  parseParams(raw: Readonly<Record<string, unknown>>): ParsedParams;
  /** The default of each parameter, for leaving equal ones out of the file. */
  readonly defaults: Readonly<Record<string, unknown>>;
  ports(params: Readonly<Record<string, unknown>>, facts?: Readonly<Record<string, unknown>>): PortsInfo;
}

export interface KindCatalog {
  /** Names of all kinds, for "did you mean". */
  readonly kinds: readonly string[];
  get(kind: string): KindInfo | undefined;
}
