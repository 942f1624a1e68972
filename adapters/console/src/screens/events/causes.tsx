// What caused an event and what it caused: a graph of its attempt, to be walked from event to event.
import type { Causation, LogEvent } from '../../api/types';
import { eventName } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { Journey } from '../../parts/journey';
import { causedBy, graphOf } from '../../parts/journey_graph';
import { EventLink } from '../../parts/links';
import { shortened } from '../../parts/short_id';
import { Shown } from '../../parts/shown';
import { say } from './texts';

export function Causes({ event }: { event: LogEvent }) {
  const causation = useResource<Causation>(`/v1/events/${event.position}/causation`);
  return (
    <Shown of={causation}>
      {({ events, whole }) => (
        <>
          <Neighbours event={event} all={events} />
          <Journey events={events} selected={event.position} />
          {!whole && <p class="fine">{say('partly', { n: events.length })}</p>}
        </>
      )}
    </Shown>
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
