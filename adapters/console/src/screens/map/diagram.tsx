// The map drawn: types on the left, processors on the right, a line for each that follows.
import { number } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { Status } from '../../parts/status';
import { link } from '../../route/route';
import { isStuck, letterKey, type Flow, type TypeRow } from './flow';
import { say } from './texts';

const ROW = 27;
const WIDTH = 100;

export interface Choice {
  type: string | undefined;
  processor: string | undefined;
}

interface Props {
  flow: Flow;
  rates: ReadonlyMap<string, number>;
  chosen: Choice;
}

export function Diagram({ flow, rates, chosen }: Props) {
  const lines = flow.groups.flatMap((group) => [group.name, ...group.rows]);
  const height = lines.length * ROW;
  return (
    <div class="map">
      <ul class="map-types" aria-label={say('types')}>
        {lines.map((line) => (typeof line === 'string'
          ? <li key={line} class="map-group">{say(line as 'book')}</li>
          : <TypeItem key={line.type} row={line} rate={rates.get(line.type) ?? 0} chosen={chosen} />))}
      </ul>
      <svg class="map-lines" viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" height={height} aria-hidden="true">
        {lines.map((line, at) => (typeof line === 'string' ? null
          : <Edges key={line.type} row={line} at={at} flow={flow} height={height} rate={rates.get(line.type) ?? 0} chosen={chosen} />))}
      </svg>
      <ul class="map-processors" aria-label={say('processors')}>
        {flow.processors.map((one) => (
          <li key={one.name} class={isLit(chosen, flow, undefined, one.name) ? 'lit' : ''}>
            <a href={link(['map'], { processor: one.name })} aria-current={chosen.processor === one.name ? 'true' : undefined}>
              <strong class="mono">{one.name}</strong>
              <Status of={one.state} />
              <span class="fine">{one.lagEvents === 0 ? say('caughtUp') : say('behind', { n: number(one.lagEvents) })}</span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function TypeItem({ row, rate, chosen }: { row: TypeRow; rate: number; chosen: Choice }) {
  const isLit = chosen.type === row.type || (chosen.processor !== undefined && row.followers.includes(chosen.processor));
  return (
    <li class={isLit ? 'lit' : ''}>
      <a href={link(['map'], { type: row.type })} aria-current={chosen.type === row.type ? 'true' : undefined}>
        <span>{eventName(row.type)}</span>
        {row.topic && <span class="chip">{say('topic', { name: row.topic })}</span>}
        {rate > 0 && <span class="rate">{say('perSecond', { n: number(rate, 1) })}</span>}
      </a>
    </li>
  );
}

interface EdgesProps extends Props {
  row: TypeRow;
  at: number;
  height: number;
  rate: number;
}

function Edges({ row, at, flow, height, rate, chosen }: Omit<EdgesProps, 'rates'>) {
  const step = height / Math.max(flow.processors.length, 1);
  const y = at * ROW + ROW / 2;
  return (
    <>
      {flow.processors.map((one, index) => {
        if (!row.followers.includes(one.name)) return null;
        const to = (index + 0.5) * step;
        const waits = isStuck(one) || flow.letters.has(letterKey(one.name, row.type));
        const look = ['edge', rate > 0 && 'moving', waits && 'waiting', isLit(chosen, flow, row.type, one.name) && 'lit'];
        return <path key={one.name} class={look.filter(Boolean).join(' ')} d={`M0 ${y} C${WIDTH * 0.5} ${y} ${WIDTH * 0.5} ${to} ${WIDTH} ${to}`} />;
      })}
    </>
  );
}

function isLit(chosen: Choice, flow: Flow, type: string | undefined, processor: string): boolean {
  if (chosen.processor) return chosen.processor === processor;
  if (!chosen.type) return false;
  if (type) return chosen.type === type;
  const row = flow.groups.flatMap((group) => group.rows).find((one) => one.type === chosen.type);
  return row?.followers.includes(processor) ?? false;
}
