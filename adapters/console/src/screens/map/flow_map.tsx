// The map: which event goes to whom, how many come, and where they wait.
import { useEffect } from 'preact/hooks';
import type { DeadLetter, Page, Processor } from '../../api/types';
import { eventName } from '../../i18n/names';
import { watch } from '../../live/connection';
import { count, rates } from '../../live/rates';
import { useLatest, useResource } from '../../live/resource';
import { liveProcessors } from '../../live/topics';
import { Shown } from '../../parts/shown';
import { Table } from '../../parts/table';
import { route } from '../../route/route';
import { Chosen } from './chosen';
import { Diagram } from './diagram';
import { flowOf, reachedBy, type Flow } from './flow';
import { say } from './texts';

export function FlowMap() {
  const read = useResource<Page<Processor>>('/v1/processors', ['processors']);
  const letters = useResource<Page<DeadLetter>>('/v1/dead-letters?limit=200', ['dead-letters']);
  const processors = useLatest(liveProcessors, read.value?.items);
  useEffect(() => {
    const release = watch(['events']);
    const timer = setInterval(count, 1_000);
    return () => {
      release();
      clearInterval(timer);
    };
  }, []);
  const { query } = route.value;
  const chosen = { type: query.get('type') ?? undefined, follower: query.get('follower') ?? undefined };
  return (
    <Shown of={{ ...read, value: processors }}>
      {(items) => {
        const flow = flowOf(items, letters.value?.items ?? []);
        return (
          <>
            <p class="prose">{say('intro')}</p>
            <div class="map-layout">
              <Diagram flow={flow} rates={rates.value} chosen={chosen} />
              <Chosen flow={flow} rates={rates.value} chosen={chosen} />
            </div>
            <details class="panel">
              <summary>{say('table')}</summary>
              <AsTable flow={flow} />
            </details>
          </>
        );
      }}
    </Shown>
  );
}

function AsTable({ flow }: { flow: Flow }) {
  const rows = flow.groups.flatMap((group) => group.rows);
  return (
    <Table
      caption={say('types')}
      rows={rows}
      rowKey={(row) => row.type}
      columns={[
        {
          title: say('type'),
          cell: (row) => (
            <>
              {eventName(row.type)} <code class="fine">{row.type}</code>
            </>
          ),
          isHead: true,
        },
        {
          title: say('perSecond', { n: '' }),
          cell: (row) => (rates.value.get(row.type) ?? 0).toFixed(1),
          isNumber: true,
        },
        { title: say('topics'), cell: (row) => row.topics.join(', ') },
        { title: say('followers'), cell: (row) => reachedBy(flow, row).join(', ') || '–' },
      ]}
    />
  );
}
