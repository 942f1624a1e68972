// What caused an event and what it caused: a graph of its attempt, to be walked from event to event.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address, read, Refused } from '../../api/request';
import type { LogEvent, Page } from '../../api/types';
import { eventName } from '../../i18n/names';
import { Journey } from '../../parts/journey';
import { causedBy, graphOf } from '../../parts/journey_graph';
import { EventLink } from '../../parts/links';
import { Refusal } from '../../parts/refusal';
import { shortened } from '../../parts/short_id';
import { Loading } from '../../parts/shown';
import { say } from './texts';

/** An attempt lasts seconds: its events lie close together in the log. */
const BEFORE = 500;
const PIECES_MAX = 6;

export function Causes({ event }: { event: LogEvent }) {
  const correlation = event.metadata?.correlation;
  const events = useSignal<LogEvent[] | undefined>(undefined);
  const refusal = useSignal<Refused | undefined>(undefined);
  useEffect(() => {
    let ended = false;
    events.value = correlation ? undefined : [event];
    if (correlation) {
      gather(correlation, event).then(
        (found) => {
          if (!ended) events.value = found;
        },
        (error: unknown) => {
          if (!(error instanceof Refused)) throw error;
          refusal.value = error;
        },
      );
    }
    return () => {
      ended = true;
    };
  }, [event.id]);
  if (refusal.value) return <Refusal of={refusal.value} />;
  if (!events.value) return <Loading />;
  if (!correlation && !event.metadata?.causation) return <p class="prose">{say('alone')}</p>;
  return (
    <>
      <Neighbours event={event} all={events.value} />
      <Journey events={events.value} selected={event.position} />
    </>
  );
}

function Neighbours({ event, all }: { event: LogEvent; all: readonly LogEvent[] }) {
  const graph = graphOf(all);
  const own = graph.nodes.find((node) => node.event.id === event.id);
  const cause = own?.causedBy === undefined ? undefined : graph.nodes[own.causedBy];
  const effects = own ? causedBy(graph, own.row) : [];
  const causation = event.metadata?.causation;
  return (
    <dl class="facts">
      <dt>{say('cause')}</dt>
      <dd>
        {cause ? (
          <Named event={cause.event} />
        ) : causation ? (
          say('notFound', { id: shortened(causation) })
        ) : (
          say('person')
        )}
      </dd>
      <dt>{say('effects')}</dt>
      <dd>
        {effects.length === 0 ? (
          say('nothing')
        ) : (
          <ul class="parts">
            {effects.map((node) => (
              <li key={node.event.id}>
                <Named event={node.event} />
              </li>
            ))}
          </ul>
        )}
      </dd>
    </dl>
  );
}

function Named({ event }: { event: LogEvent }) {
  return (
    <>
      <EventLink position={event.position} /> {eventName(event.type)}
    </>
  );
}

async function gather(correlation: string, event: LogEvent): Promise<LogEvent[]> {
  const found: LogEvent[] = [];
  let cursor: string | undefined;
  for (let piece = 0; piece < PIECES_MAX; piece += 1) {
    const after = cursor ? undefined : Math.max(0, event.position - BEFORE);
    const page = await read<Page<LogEvent>>(address('/v1/events', { after, correlation, limit: 200, cursor }));
    found.push(...page.items);
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  return found.length > 0 ? found : [event];
}
