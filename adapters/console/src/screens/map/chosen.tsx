// What was chosen on the map: where it waits, and why.
import { number } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { ProcessorLink } from '../../parts/links';
import { Empty } from '../../parts/shown';
import { Status } from '../../parts/status';
import { link } from '../../route/route';
import type { Choice } from './diagram';
import { letterKey, reachedBy, type Flow, type Follower } from './flow';
import { say } from './texts';

interface Props {
  flow: Flow;
  rates: ReadonlyMap<string, number>;
  chosen: Choice;
}

export function Chosen(props: Props) {
  const { type, follower } = props.chosen;
  return (
    <section class="panel map-chosen" aria-live="polite">
      {follower ? (
        <OfFollower {...props} name={follower} />
      ) : type ? (
        <OfType {...props} type={type} />
      ) : (
        <Empty>{say('choose')}</Empty>
      )}
    </section>
  );
}

function OfType({ flow, rates, type }: Props & { type: string }) {
  const row = flow.groups.flatMap((group) => group.rows).find((one) => one.type === type);
  const reached = row ? reachedBy(flow, row) : [];
  return (
    <>
      <h2>{say('way', { type: eventName(type) })}</h2>
      <p class="fine">
        <code>{type}</code> · {say('perSecond', { n: number(rates.get(type) ?? 0, 1) })}
        {' · '}
        <a href={link(['events'], { type })}>{say('events')}</a>
      </p>
      {row && row.topics.length > 0 && flow.relay && (
        <p>
          <ProcessorLink name={flow.relay.name} /> <Status of={flow.relay.state} />{' '}
          <span class="fine">
            {flow.relay.waiting} · {say('topic', { name: row.topics.join(', ') })}
          </span>
        </p>
      )}
      {reached.length === 0 && <p class="prose">{say('nobody')}</p>}
      <ul class="stops">
        {flow.followers
          .filter((one) => reached.includes(one.name))
          .map((one) => (
            <Stop key={one.name} of={one} flow={flow} type={type} />
          ))}
      </ul>
    </>
  );
}

function Stop({ of: one, flow, type }: { of: Follower; flow: Flow; type: string }) {
  return (
    <li>
      <div>
        <Name of={one} /> <Status of={one.state} />
      </div>
      <Waiting of={one} />
      <Letters flow={flow} follower={one} type={type} />
    </li>
  );
}

function Name({ of: one }: { of: Follower }) {
  if (one.processors.length === 1) return <ProcessorLink name={one.processors[0]?.name ?? one.name} />;
  return (
    <>
      <strong class="mono">{one.name}</strong>{' '}
      <span class="fine">{say('partitions', { n: one.processors.length })}</span>
    </>
  );
}

function Waiting({ of: one }: { of: Follower }) {
  const behind = one.lagEvents > 0 ? [say('behind', { n: number(one.lagEvents) })] : [];
  return <p class="fine">{[...one.waiting, ...behind].join(' · ')}</p>;
}

function Letters({ flow, follower, type }: { flow: Flow; follower: Follower; type: string }) {
  const count = flow.letters.get(letterKey(follower.name, type));
  if (!count) return null;
  const filter = follower.processors.length === 1 ? { processor: follower.processors[0]?.name } : {};
  return (
    <a class="why" href={link(['dead-letters'], filter)}>
      {say('letters', { n: number(count) })}
    </a>
  );
}

function OfFollower({ flow, rates, name }: Props & { name: string }) {
  const one = flow.followers.find((follower) => follower.name === name);
  const rows = flow.groups.flatMap((group) => group.rows).filter((row) => reachedBy(flow, row).includes(name));
  return (
    <>
      <h2>{say('follows', { name })}</h2>
      {one && (
        <div>
          <Name of={one} /> <Status of={one.state} />
        </div>
      )}
      {one && <Waiting of={one} />}
      {one && one.topics.length > 0 && <p class="fine">{say('topic', { name: one.topics.join(', ') })}</p>}
      <ul class="types">
        {rows.map((row) => (
          <li key={row.type}>
            <a href={link(['map'], { type: row.type })}>{eventName(row.type)}</a>
            {(rates.get(row.type) ?? 0) > 0 && (
              <span class="rate">{say('perSecond', { n: number(rates.get(row.type) ?? 0, 1) })}</span>
            )}
            {one && <Letters flow={flow} follower={one} type={row.type} />}
          </li>
        ))}
      </ul>
    </>
  );
}
