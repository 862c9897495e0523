import type { ReactFlowInstance } from 'reactflow';

export const categories = ['Run', 'Graph', 'Edit', 'Arrange', 'View', 'Help'] as const;

/** Everything a person can do, as data: keys, menus, the command palette and the sheet of shortcuts are made from it. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly category: (typeof categories)[number];
  /** `Mod+Shift+S`; `Mod` is Ctrl, or Cmd on a Mac; the last part is `KeyboardEvent.key`, compared without case. */
  readonly shortcuts: readonly string[];
  /** Also while a text is being edited. */
  readonly whileTyping?: boolean;
  /** Not about the canvas: its key is taken in other views too. */
  readonly everywhere?: boolean;
  /** Whether its key is taken from the browser at this moment; it always is where this is left out. */
  ownsKey?(): boolean;
  run(flow: ReactFlowInstance): void;
}
