/** How one picture lies among the tokens of a prompt. */
export interface PlacedPicture {
  /** Visual tokens of each tile. */
  readonly tokens: number;
  /** `[rows, cols]` of tiles, which a view of the whole follows; `[0, 0]` where it was not cut. */
  readonly tiles: readonly [number, number];
}

/** What is particular to a family of exports, and stands in none of its files. Everything has a usual form. */
export interface Family {
  /** `model_type` in config.json. */
  readonly types: readonly string[];
  /** Text that stands for a picture, in which `token` is one visual token; the token as often as there are visual tokens, if absent. */
  readonly place?: (picture: PlacedPicture, token: string) => string;
  /** The prompt of a model that was tuned without a chat template; `pictures`: what `place` made. */
  readonly prompt?: (question: string, pictures: readonly string[]) => string;
  /** Who speaks, as the template wants it. */
  readonly roles?: Readonly<Partial<Record<string, string>>>;
  /** Encoded without the tokens that stand around every other text of the model. */
  readonly bare?: true;
  /** What to ask first of a model that knows its own tasks only. */
  readonly question?: string;
  /** Texts beside pictures are padded to the most tokens that the model reads; to the longest, if absent. */
  readonly padsToWhole?: true;
  /** Where the first token stands; 0, if absent. */
  readonly firstPosition?: number;
}
