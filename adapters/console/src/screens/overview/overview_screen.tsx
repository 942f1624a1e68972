// The first screen: whether all is well, and how the last quarter of an hour went.
import type { Overview, Processor } from '../../api/types';
import { duration, number, numberOrDash } from '../../i18n/format';
import { useLatest, useResource } from '../../live/resource';
import { overview, overviewRefusal } from '../../live/overview';
import { liveProcessors } from '../../live/topics';
import { Chart } from '../../parts/chart';
import { Icon } from '../../parts/icon';
import { Refusal } from '../../parts/refusal';
import { Empty, Loading } from '../../parts/shown';
import { Badge } from '../../parts/status';
import { link } from '../../route/route';
import type { Page } from '../../api/types';
import { ProcessorList } from '../processors/processor_list';
import { Tile } from './tile';
import { say } from './texts';

const COUNTED_MAX = 100;

export function OverviewScreen() {
  const read = useResource<Page<Processor>>('/v1/processors', ['processors']);
  const processors = useLatest(liveProcessors, read.value?.items);
  const refused = overviewRefusal.value;
  const known = overview.value;
  return (
    <>
      {known && known.head === 0 && <Welcome />}
      {!known && !refused && <Loading />}
      {!known && refused && (refused.isAbsent ? <Empty>{say('absent')}</Empty> : <Refusal of={refused} />)}
      {known && <Health of={known} />}
      {known && <Tiles of={known} />}
      {known && <Charts of={known} />}
      <h2>{say('processors')}</h2>
      <ProcessorList of={{ ...read, value: processors }} />
    </>
  );
}

function Welcome() {
  return (
    <section class="panel welcome">
      <h2>{say('welcome')}</h2>
      <p class="prose">{say('welcomeText')}</p>
      <a class="button primary" href={link(['desk'])}>
        <Icon name="arrow" />
        {say('toDesk')}
      </a>
    </section>
  );
}

function Health({ of: known }: { of: Overview }) {
  const failing = known.health.checks.filter((check) => !check.ready);
  return (
    <section class="health" aria-label={say('health')}>
      <Badge
        tone={known.health.ready ? 'good' : 'bad'}
        icon={known.health.ready ? 'ok' : 'warn'}
        text={say(known.health.ready ? 'ready' : 'notReady')}
      />
      <span class="fine">
        {say('served', {
          services: known.services.join(', '),
          time: duration(known.upSeconds),
          version: known.version,
        })}
      </span>
      {failing.map((check) => (
        <span key={check.name} class="why">
          {check.name}: {check.detail}
        </span>
      ))}
      {known.unseenDeadlines?.map(({ view, why }) => (
        <span key={view} class="fine">
          {say('unseenDeadlines', { view, why })}
        </span>
      ))}
    </section>
  );
}

function Tiles({ of: known }: { of: Overview }) {
  const letters = known.parked + known.abandoned;
  return (
    <div class="tiles">
      <Tile title={say('head')} value={number(known.head)} href={link(['events'])} />
      <Tile
        title={say('events')}
        value={numberOrDash(known.eventsPerSecond, 1)}
        unit="/s"
        href={link(['events'], { view: 'tail' })}
      />
      <Tile title={say('commands')} value={numberOrDash(known.commandsPerSecond, 1)} unit="/s" />
      <Tile
        title={say('p99')}
        value={numberOrDash(known.commandP99Ms, 1)}
        unit="ms"
        note={say('p50', { n: numberOrDash(known.commandP50Ms, 1) })}
      />
      <Tile title={say('lag')} value={number(known.lagEvents)} href={link(['processors'])} />
      <Tile
        title={say('letters')}
        value={number(letters)}
        tone={letters > 0 ? 'bad' : 'good'}
        href={link(['dead-letters'])}
        note={say('rejected', { n: number(known.rejected) })}
      />
      <Tile
        title={say('review')}
        value={atMost(known.processesInReview)}
        tone={known.processesInReview ? 'bad' : 'good'}
        href={link(['processes'], { status: 'NEEDS_REVIEW' })}
        note={say('inFlight', { n: atMost(known.processesInFlight) })}
      />
    </div>
  );
}

/** The service counts up to a hundred of these. */
function atMost(count: number | null): string {
  return count !== null && count >= COUNTED_MAX ? `${COUNTED_MAX}+` : numberOrDash(count);
}

function Charts({ of: { series, at } }: { of: Overview }) {
  const every = series.everySeconds;
  // The newest point still grows: as a rate it would look like a drop.
  const ended = new Date(at).getTime() - every * 1000;
  const points = series.points.filter((point) => new Date(point.at).getTime() <= ended);
  const of = (value: (point: Overview['series']['points'][number]) => number | null) =>
    points.map((point) => ({ at: point.at, value: value(point) }));
  return (
    <section aria-label={say('charts')} class="charts">
      <Chart
        title={say('events')}
        unit="/s"
        digits={1}
        colour="--series-1"
        points={of((point) => point.events / every)}
      />
      <Chart
        title={say('commands')}
        unit="/s"
        digits={1}
        colour="--series-2"
        points={of((point) => point.commands / every)}
      />
      <Chart title={say('p99')} unit="ms" digits={1} colour="--series-3" points={of((point) => point.commandP99Ms)} />
      <Chart title={say('lag')} unit="" colour="--series-4" points={of((point) => point.lagEvents)} />
      <Chart title={say('letters')} unit="" colour="--series-5" points={of((point) => point.deadLetters)} />
    </section>
  );
}
