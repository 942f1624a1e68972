// One event: what it says, what caused it and what it caused, and what became of it at each processor.
import type { LogEvent } from '../../api/types';
import { moment } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { JsonView } from '../../parts/json';
import { ProcessLink, StreamLink } from '../../parts/links';
import { ShortId } from '../../parts/short_id';
import { Shown } from '../../parts/shown';
import { common } from '../../parts/texts';
import { link } from '../../route/route';
import { Causes } from './causes';
import { Deliveries } from './deliveries';
import { say } from './texts';

export function EventDetail({ position }: { position: string }) {
  const event = useResource<LogEvent>(`/v1/events/${encodeURIComponent(position)}`);
  return (
    <>
      <nav class="pager" aria-label={say('position')}>
        <a href={link(['events'])}>{common('back')}</a>
        {Number(position) > 1 && <a href={link(['events', Number(position) - 1])}>{say('earlier')}</a>}
        <a href={link(['events', Number(position) + 1])}>{say('next')}</a>
      </nav>
      <Shown of={event}>{(value) => <Whole event={value} />}</Shown>
    </>
  );
}

function Whole({ event }: { event: LogEvent }) {
  return (
    <div class="columns">
      <div class="stack">
        <section class="panel">
          <header class="member-head">
            <h2>
              #{event.position} {eventName(event.type)}
            </h2>
          </header>
          <Facts event={event} />
          <h3>{say('payload')}</h3>
          {event.dataError ? (
            <p class="notice warn">{say('unreadable', { why: event.dataError })}</p>
          ) : (
            <JsonView value={event.data} label={say('payload')} />
          )}
          <details class="section">
            <summary>{say('metadata')}</summary>
            <JsonView value={event.metadata} label={say('metadata')} />
          </details>
        </section>
        <Deliveries position={event.position} />
      </div>
      <section class="panel">
        <h2>{say('causes')}</h2>
        <Causes event={event} />
      </section>
    </div>
  );
}

function Facts({ event }: { event: LogEvent }) {
  const { metadata } = event;
  return (
    <dl class="facts">
      <dt>{say('type')}</dt>
      <dd>
        <code>{event.type}</code> · {say('revision')} {event.revision}
      </dd>
      <dt>{say('stream')}</dt>
      <dd>
        <StreamLink stream={event.stream} version={event.version} /> · {say('version')} {event.version}
      </dd>
      <dt>{say('at')}</dt>
      <dd>{moment(event.at)}</dd>
      {metadata?.correlation && (
        <>
          <dt>{say('process')}</dt>
          <dd>
            <ProcessLink id={metadata.correlation} />
          </dd>
        </>
      )}
      <dt>{say('who')}</dt>
      <dd>{metadata?.actor?.name ?? metadata?.actor?.kind ?? '–'}</dd>
      <dt>Id</dt>
      <dd>
        <ShortId id={event.id} />
      </dd>
      {metadata?.commandId && (
        <>
          <dt>{say('command')}</dt>
          <dd>
            <ShortId id={metadata.commandId} />
          </dd>
        </>
      )}
    </dl>
  );
}
