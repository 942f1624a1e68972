// The log to be read: newest first or from its beginning, filtered, in pieces.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address } from '../../api/request';
import type { LogEvent, Page } from '../../api/types';
import { clock, moment } from '../../i18n/format';
import { EVENT_TYPES, eventName } from '../../i18n/names';
import { watch } from '../../live/connection';
import { useResource } from '../../live/resource';
import { changes } from '../../live/topics';
import { Filters } from '../../parts/filters';
import { EventLink, ProcessLink, StreamLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { Table } from '../../parts/table';
import { link, route } from '../../route/route';
import { LogViews } from './log_views';
import { say } from './texts';

export function EventList() {
  const { query } = route.value;
  const isUpwards = query.get('from') === 'beginning';
  const filters = Object.fromEntries(
    ['type', 'stream', 'correlation'].map((name) => [name, query.get(name) ?? undefined]),
  );
  const cursor = query.get('cursor') ?? undefined;
  const wanted = { ...filters, cursor, limit: 50, after: isUpwards && !cursor ? 0 : undefined };
  // `before` without a value asks for the end of the log.
  const path = address('/v1/events', wanted) + (isUpwards || cursor ? '' : '&before=');
  const events = useResource<Page<LogEvent>>(path);
  return (
    <section class="panel">
      <LogViews />
      <Filters
        label={say('list')}
        fields={[
          {
            name: 'type',
            label: say('type'),
            kind: 'choice',
            options: EVENT_TYPES.map((type) => [type, type] as const),
          },
          { name: 'stream', label: say('stream'), kind: 'text', placeholder: 'book-1' },
          { name: 'correlation', label: say('process'), kind: 'text', placeholder: 'rent-…' },
        ]}
      />
      {!isUpwards && !cursor && <Fresh key={path} reload={events.reload} />}
      <Shown of={events} isEmpty={(page) => page.items.length === 0} empty={say('none')}>
        {(page) => <EventTable events={page.items} />}
      </Shown>
      <Ways filters={filters} cursor={cursor} isUpwards={isUpwards} next={events.value?.nextCursor} />
    </section>
  );
}

function EventTable({ events }: { events: readonly LogEvent[] }) {
  return (
    <Table
      caption={say('list')}
      rows={events}
      rowKey={(event) => event.position}
      columns={[
        { title: say('position'), cell: (event) => <EventLink position={event.position} />, isHead: true },
        {
          title: say('type'),
          cell: (event) => (
            <>
              <span>{eventName(event.type)}</span> <code class="fine">{event.type}</code>
            </>
          ),
        },
        { title: say('stream'), cell: (event) => <StreamLink stream={event.stream} version={event.version} /> },
        { title: say('version'), cell: (event) => event.version, isNumber: true },
        {
          title: say('process'),
          cell: (event) => (event.metadata?.correlation ? <ProcessLink id={event.metadata.correlation} /> : '–'),
        },
        {
          title: say('at'),
          cell: (event) => (
            <time dateTime={event.at} title={moment(event.at)}>
              {clock(event.at)}
            </time>
          ),
        },
      ]}
    />
  );
}

/** What came since the list was read: it does not move under the reader until that is asked for. */
function Fresh({ reload }: { reload: () => Promise<void> }) {
  const isBehind = useSignal(false);
  useEffect(() => {
    const release = watch(['events']);
    const start = changes.events.value;
    const end = changes.events.subscribe((now) => {
      if (now !== start) isBehind.value = true;
    });
    return () => {
      release();
      end();
    };
  }, []);
  const read = async () => {
    await reload();
    isBehind.value = false;
  };
  return isBehind.value ? (
    <button type="button" class="fresh" onClick={() => void read()}>
      {say('newest')}
    </button>
  ) : null;
}

interface WaysProps {
  filters: Record<string, string | undefined>;
  cursor: string | undefined;
  isUpwards: boolean;
  next: string | undefined;
}

function Ways({ filters, cursor, isUpwards, next }: WaysProps) {
  const here = route.value.path;
  const from = isUpwards ? 'beginning' : undefined;
  return (
    <nav class="pager" aria-label={say('list')}>
      <a href={link(here, { ...filters, from: isUpwards ? undefined : 'beginning' })}>
        {say(isUpwards ? 'backwards' : 'oldest')}
      </a>
      {cursor && <a href={link(here, { ...filters, from })}>{say(isUpwards ? 'oldest' : 'newest')}</a>}
      {next && <a href={link(here, { ...filters, from, cursor: next })}>{say(isUpwards ? 'later' : 'older')}</a>}
    </nav>
  );
}
