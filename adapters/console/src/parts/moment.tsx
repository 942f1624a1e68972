// A moment, said as how long ago it is, with the exact time behind it.
import { signal } from '@preact/signals';
import { ago, moment } from '../i18n/format';

const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 5_000);

export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at, Math.max(now.value, new Date(at).getTime()))}
    </time>
  );
}

/** One that may lie ahead. */
export function Due({ at }: { at: string }) {
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at, now.value)}
    </time>
  );
}
