// The log as it grows.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { EventNote } from '../../api/types';
import { clock } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { connection, watch } from '../../live/connection';
import { liveEvents } from '../../live/topics';
import { EventLink, ProcessLink, StreamLink } from '../../parts/links';
import { Empty } from '../../parts/shown';
import { Table } from '../../parts/table';
import { number } from '../../i18n/format';
import { LogViews } from './log_views';
import { say } from './texts';

const SHOWN = 100;

export function Tail() {
  const halted = useSignal<readonly EventNote[] | undefined>(undefined);
  useEffect(() => watch(['events']), []);
  const { items, skipped } = liveEvents.value;
  const shown = (halted.value ?? items).slice(0, SHOWN);
  return (
    <section class="panel">
      <LogViews />
      <div class="buttons">
        <button
          type="button"
          aria-pressed={halted.value !== undefined}
          onClick={() => {
            halted.value = halted.value ? undefined : items;
          }}
        >
          {say(halted.value ? 'go' : 'pause')}
        </button>
        {skipped > 0 && <span class="fine">{say('skipped', { n: number(skipped) })}</span>}
      </div>
      {shown.length === 0 ? (
        <Empty>{say(connection.value === 'polling' ? 'noStream' : 'waiting')}</Empty>
      ) : (
        <Table
          caption={say('tail')}
          rows={shown}
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
            {
              title: say('process'),
              cell: (event) => (event.correlation ? <ProcessLink id={event.correlation} /> : '–'),
            },
            { title: say('at'), cell: (event) => clock(event.at) },
          ]}
        />
      )}
    </section>
  );
}
