// How far a processor is behind, as a bar and in words.
import type { Processor } from '../../api/types';
import { duration, number } from '../../i18n/format';
import { say } from './texts';

export function Lag({ of: one }: { of: Pick<Processor, 'lagEvents' | 'lagSeconds' | 'head'> }) {
  return (
    <span class="lag">
      <meter min={0} max={Math.max(one.head, 1)} value={one.lagEvents} aria-hidden="true" />
      <span>{say('lagOf', { n: number(one.lagEvents) })}</span>
      {one.lagSeconds ? <span class="fine">{say('lagSeconds', { time: duration(one.lagSeconds) })}</span> : null}
    </span>
  );
}
