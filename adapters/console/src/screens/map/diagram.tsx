// The map drawn: types on the left, topics between where there are some, and on the right those who follow.
import { number } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { Status } from '../../parts/status';
import { link } from '../../route/route';
import { edgesOf, ROW, WIDTH } from './edges';
import { reachedBy, type Flow, type TypeRow } from './flow';
import { say } from './texts';

export interface Choice {
  type: string | undefined;
  follower: string | undefined;
}

interface Props {
  flow: Flow;
  rates: ReadonlyMap<string, number>;
  chosen: Choice;
}

export function Diagram({ flow, rates, chosen }: Props) {
  const rows = flow.groups.flatMap((group) => group.rows);
  const lit = rows.find((row) => row.type === chosen.type);
  const reached = lit ? reachedBy(flow, lit) : [];
  return (
    <div class="map">
      <ul class="map-types" aria-label={say('types')}>
        {flow.groups.map((group) => [
          <li key={group.name} class="map-group">
            {say(group.name as 'book')}
          </li>,
          ...group.rows.map((row) => (
            <TypeItem key={row.type} row={row} flow={flow} rate={rates.get(row.type) ?? 0} chosen={chosen} />
          )),
        ])}
      </ul>
      <Middle flow={flow} rates={rates} chosen={chosen} />
      <ul class="map-followers" aria-label={say('processors')}>
        {flow.followers.map((one) => (
          <li key={one.name} class={reached.includes(one.name) ? 'lit' : ''}>
            <a
              href={link(['map'], { follower: one.name })}
              aria-current={chosen.follower === one.name ? 'true' : undefined}
            >
              <strong class="mono">{one.name}</strong>
              <Status of={one.state} />
              <span class="fine">
                {one.lagEvents === 0 ? say('caughtUp') : say('behind', { n: number(one.lagEvents) })}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function TypeItem({ row, flow, rate, chosen }: { row: TypeRow; flow: Flow; rate: number; chosen: Choice }) {
  const isLit = chosen.follower !== undefined && reachedBy(flow, row).includes(chosen.follower);
  return (
    <li class={isLit ? 'lit' : ''}>
      <a href={link(['map'], { type: row.type })} aria-current={chosen.type === row.type ? 'true' : undefined}>
        <span>{eventName(row.type)}</span>
        {rate > 0 && <span class="rate">{say('perSecond', { n: number(rate, 1) })}</span>}
      </a>
    </li>
  );
}

function Middle(props: Props) {
  const { flow } = props;
  const { height, edges, topics } = edgesOf(props);
  return (
    <div class="map-middle">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" height={height} aria-hidden="true">
        {edges.map((edge) => (
          <path key={edge.key} class={edge.look} d={edge.path} />
        ))}
      </svg>
      {topics.length > 0 && (
        <ul class="map-topics" aria-label={say('topics')}>
          {flow.relay && (
            <li class="map-relay">
              <a href={link(['processors', flow.relay.name])} class="mono">
                {flow.relay.name}
              </a>{' '}
              <Status of={flow.relay.state} />
            </li>
          )}
          {topics.map((topic) => (
            <TopicItem key={topic.name} name={topic.name} row={Math.floor(topic.y / ROW)} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** Its place is set from here: the page's policy forbids the attribute. */
function TopicItem({ name, row }: { name: string; row: number }) {
  return (
    <li
      ref={(element) => {
        if (element) element.style.top = `${row * ROW}px`;
      }}
    >
      <span class="mono">{name}</span>
    </li>
  );
}
