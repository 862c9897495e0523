import { useReactFlow } from 'reactflow';
import { commandOf } from '../commands.ts';
import { Icon } from '../ui/icons.tsx';
import { Keys } from '../ui/keys.tsx';
import { type Step, steps } from './steps.ts';
import { hideGuide, useGuide } from './store.ts';

/** The first five minutes, beside the graph: what to do next, what is done; gone and back as the person likes. */
export function GuideCard() {
  const { done, hidden } = useGuide();
  if (hidden) return null;
  const next = steps.find(({ id }) => !done.includes(id));
  return (
    <section className="first-steps" aria-label="The first five minutes">
      <header>
        <h2>{next ? 'First five minutes' : 'That was all of it'}</h2>
        <span className="num dim">
          {steps.filter(({ id }) => done.includes(id)).length}/{steps.length}
        </span>
        <button
          type="button"
          className="button icon"
          aria-label="Hide the first five minutes"
          title="Hide; it is in the Help commands"
          onClick={hideGuide}
        >
          <Icon name="close" size={14} />
        </button>
      </header>
      <ol>
        {steps.map((step) => (
          <StepRow key={step.id} step={step} done={done.includes(step.id)} next={step === next} />
        ))}
      </ol>
      <p className="visually-hidden" role="status">
        {done.length > 0 && `${done.length} of ${steps.length} done`}
      </p>
    </section>
  );
}

function StepRow({ step, done, next }: { step: Step; done: boolean; next: boolean }) {
  const flow = useReactFlow();
  const command = step.command === undefined ? undefined : commandOf(step.command);
  return (
    <li className={done ? 'done' : ''} aria-current={next ? 'step' : undefined}>
      <span className="first-steps-mark">{done && <Icon name="check" size={12} />}</span>
      <div>
        {step.title}
        {done && <span className="visually-hidden">, done</span>}
        {next && <How text={step.how} />}
        {next && command && (
          <button type="button" className="button outlined" onClick={() => command.run(flow)}>
            {command.title} {command.shortcuts[0] && <Keys shortcut={command.shortcuts[0]} />}
          </button>
        )}
      </div>
    </li>
  );
}

/** The sentence, with the keys of the commands that it names. */
function How({ text }: { text: string }) {
  const parts = text.split(/\{(.+?)\}/);
  return (
    <p>
      {parts.map((part, index) =>
        index % 2 === 0 ? part : <Keys key={part} shortcut={commandOf(part).shortcuts[0] ?? ''} />,
      )}
    </p>
  );
}
