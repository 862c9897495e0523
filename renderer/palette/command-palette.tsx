import { Command } from 'cmdk';
import { type ReactFlowInstance, useReactFlow } from 'reactflow';
import { type Command as AppCommand, categories } from '../commands/command.ts';
import { commands } from '../commands.ts';
import { useUi } from '../store/ui.ts';
import { Keys } from '../ui/keys.tsx';
import { Modal } from '../ui/modal.tsx';
import { choose, Picker } from '../ui/picker.tsx';

/** Runs any command by its name. In one list: what fits best stands first among all, not within its category. */
export function CommandPalette() {
  const flow = useReactFlow();
  return (
    <Picker title="Commands" placeholder="What do you want to do?" none="No command is called that.">
      {commands
        .filter(({ id }) => id !== 'help.commands')
        .map((command) => (
          <Command.Item
            key={command.id}
            value={command.title}
            keywords={[command.category, command.id]}
            onSelect={() => choose(() => act(command, flow))}
          >
            <span>{command.title}</span>
            <small className="dim">{command.category}</small>
            {command.shortcuts[0] && <Keys shortcut={command.shortcuts[0]} />}
          </Command.Item>
        ))}
    </Picker>
  );
}

/** What is about the canvas is done where it is seen. */
function act(command: AppCommand, flow: ReactFlowInstance): void {
  if (!command.everywhere) useUi.setState({ view: 'canvas' });
  command.run(flow);
}

/** All shortcuts on one sheet. */
export function ShortcutSheet() {
  return (
    <Modal title="Keyboard shortcuts" wide>
      <div className="shortcuts">
        {categories.map((category) => (
          <section key={category}>
            <h3>{category}</h3>
            <dl>
              {commands
                .filter((command) => command.category === category)
                .map((command) => (
                  <div key={command.id}>
                    <dt>{command.title}</dt>
                    <dd>
                      {command.shortcuts.map((shortcut) => (
                        <Keys key={shortcut} shortcut={shortcut} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
