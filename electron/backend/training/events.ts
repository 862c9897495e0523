/** What a training says while it runs. Fractions are of 1. */
export type TrainingEvent =
  | {
      readonly type: 'training-started';
      /** Parameters that train. */
      readonly trained: number;
      readonly steps: number;
      readonly from: number;
    }
  /** Work before the first step, such as features that are made once. */
  | { readonly type: 'training-preparing'; readonly label: string; readonly done: number; readonly of: number }
  | {
      readonly type: 'training-step';
      readonly step: number;
      readonly loss: number;
      readonly norm: number;
      readonly figures: Readonly<Record<string, number>>;
      readonly rate: number;
      readonly stepsPerSecond: number;
      /** Share of the time that steps waited for data. */
      readonly waited: number;
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'training-evaluated';
      readonly step: number;
      readonly loss: number;
      readonly figures: Readonly<Record<string, number>>;
      /** Of answers, where the task has any. */
      readonly accuracy?: Accuracy;
      /** Of the same answers with another scene's picture: what a guess from the words alone is worth. At the end only. */
      readonly blind?: Accuracy;
    }
  | { readonly type: 'training-saved'; readonly folder: string; readonly step: number }
  | {
      readonly type: 'training-done';
      readonly status: 'finished' | 'stopped' | 'failed';
      readonly message?: string;
      readonly hint?: string;
    };

/** Share of held-out answers that were right, in all and by kind of question. */
export interface Accuracy {
  readonly n: number;
  readonly right: number;
  readonly kinds: Readonly<Record<string, { readonly n: number; readonly right: number }>>;
}

/** What a training will take: a little of it was done and timed on this machine. */
export interface TrainingEstimate {
  /** Parameters that train. */
  readonly trained: number;
  /** Before the first step; features of pictures included. */
  readonly beforeSeconds: number;
  readonly stepSeconds: number;
  /** Of one evaluation. */
  readonly evaluationSeconds: number;
}
