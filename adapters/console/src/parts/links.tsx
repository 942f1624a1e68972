// Ways to the things of the library, wherever they are named.
import { link } from '../route/route';
import { shortened } from './short_id';

export function MemberLink({ id, name }: { id: string; name?: string }) {
  return (
    <a href={link(['desk', 'members', id])} title={id}>
      {name ?? shortened(id)}
    </a>
  );
}

export function BookLink({ no, title }: { no: number; title?: string }) {
  return <a href={link(['desk', 'books', no])}>{title ?? `#${no}`}</a>;
}

export function ProcessLink({ id }: { id: string }) {
  return (
    <a class="mono" href={link(['processes', id])} title={id}>
      {shortened(id)}
    </a>
  );
}

export function EventLink({ position }: { position: number }) {
  return (
    <a class="mono" href={link(['events', position])}>
      #{position}
    </a>
  );
}

export function StreamLink({ stream, version }: { stream: string; version?: number }) {
  const at = version === undefined ? {} : { version: String(version) };
  return (
    <a class="mono" href={link(['time-travel', stream], at)} title={stream}>
      {shortStream(stream)}
    </a>
  );
}

export function ProcessorLink({ name }: { name: string }) {
  return (
    <a class="mono" href={link(['processors', name])}>
      {name}
    </a>
  );
}

/** `rental-card-sim-01a2…-5`: the ids within a name are often long. */
function shortStream(stream: string): string {
  return stream.length > 34 ? `${stream.slice(0, 18)}…${stream.slice(-10)}` : stream;
}
