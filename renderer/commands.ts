import { arranging } from './commands/arranging.ts';
import type { Command } from './commands/command.ts';
import { editing } from './commands/editing.ts';
import { graph } from './commands/graph.ts';
import { grouping } from './commands/grouping.ts';
import { help } from './commands/help.ts';
import { running } from './commands/running.ts';
import { view } from './commands/view.ts';

export const commands: readonly Command[] = [
  ...running,
  ...graph,
  ...editing,
  ...grouping,
  ...arranging,
  ...view,
  ...help,
];

const byId = new Map(commands.map((command) => [command.id, command]));

/** Throws where there is no such command, which is a slip in the code that asks. */
export function commandOf(id: string): Command {
  const command = byId.get(id);
  if (!command) throw new Error(`there is no command ${id}`);
  return command;
}
