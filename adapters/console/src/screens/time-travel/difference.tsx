// What an event changed in a state: the place, what stood there, and what stands there now.
import type { Json, StateChange } from '../../api/types';
import { words } from '../../i18n/words';
import { leaves } from './leaves';

const say = words({
  before: ['before', '이전'],
  after: ['after', '이후'],
  absent: ['nothing', '없음'],
});

export function Difference({ of: changed }: { of: StateChange['changed'] }) {
  return (
    <ul class="difference">
      {changed
        .flatMap((one) => leaves(one.path, one.before, one.after))
        .map((one) => (
          <li key={one.path}>
            <code>{one.path || '/'}</code>
            {one.before !== undefined && <Side sign="−" label={say('before')} value={one.before} />}
            {one.after !== undefined && <Side sign="+" label={say('after')} value={one.after} />}
          </li>
        ))}
    </ul>
  );
}

function Side({ sign, label, value }: { sign: '−' | '+'; label: string; value: Json }) {
  return (
    <div class={sign === '+' ? 'added' : 'removed'}>
      <span aria-hidden="true">{sign}</span>
      <span class="hidden">{label}</span>
      <pre>{value === null ? say('absent') : JSON.stringify(value, null, 2)}</pre>
    </div>
  );
}
