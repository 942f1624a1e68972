// What was chosen on the map: where it waits, and why.
import type { Processor } from '../../api/types';
import { number, numberOrDash } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { ProcessorLink } from '../../parts/links';
import { Empty } from '../../parts/shown';
import { Status } from '../../parts/status';
import { link } from '../../route/route';
import type { Choice } from './diagram';
import { letterKey, type Flow } from './flow';
import { say } from './texts';

interface Props {
  flow: Flow;
  rates: ReadonlyMap<string, number>;
  chosen: Choice;
}

export function Chosen(props: Props) {
  const { chosen } = props;
  return (
    <section class="panel map-chosen" aria-live="polite">
      {chosen.processor ? <OfProcessor {...props} name={chosen.processor} />
        : chosen.type ? <OfType {...props} type={chosen.type} />
          : <Empty>{say('choose')}</Empty>}
    </section>
  );
}

function OfType({ flow, rates, type }: Props & { type: string }) {
  const row = flow.groups.flatMap((group) => group.rows).find((one) => one.type === type);
  const followers = flow.processors.filter((one) => row?.followers.includes(one.name));
  return (
    <>
      <h2>{say('way', { type: eventName(type) })}</h2>
      <p class="fine">
        <code>{type}</code> · {say('perSecond', { n: number(rates.get(type) ?? 0, 1) })}
        {row?.topic && <> · {say('topic', { name: row.topic })}</>}
        {' · '}<a href={link(['events'], { type })}>{say('events')}</a>
      </p>
      {followers.length === 0 && <p class="prose">{say('nobody')}</p>}
      <ul class="stops">
        {followers.map((one) => (
          <li key={one.name}>
            <div><ProcessorLink name={one.name} /> <Status of={one.state} /></div>
            <p class="fine">{one.waiting}{one.lagEvents > 0 && ` · ${say('behind', { n: number(one.lagEvents) })}`}</p>
            <Letters flow={flow} processor={one} type={type} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Letters({ flow, processor, type }: { flow: Flow; processor: Processor; type: string }) {
  const count = flow.letters.get(letterKey(processor.name, type));
  if (!count) return null;
  return <a class="why" href={link(['dead-letters'], { processor: processor.name })}>{say('letters', { n: number(count) })}</a>;
}

function OfProcessor({ flow, rates, name }: Props & { name: string }) {
  const one = flow.processors.find((processor) => processor.name === name);
  const rows = flow.groups.flatMap((group) => group.rows).filter((row) => row.followers.includes(name));
  return (
    <>
      <h2>{say('follows', { name })}</h2>
      {one && (
        <p class="fine">
          <ProcessorLink name={name} /> <Status of={one.state} /> {one.waiting} · {say('perSecond', { n: numberOrDash(one.rate, 1) })}
        </p>
      )}
      <ul class="types">
        {rows.map((row) => (
          <li key={row.type}>
            <a href={link(['map'], { type: row.type })}>{eventName(row.type)}</a>
            {(rates.get(row.type) ?? 0) > 0 && <span class="rate">{say('perSecond', { n: number(rates.get(row.type) ?? 0, 1) })}</span>}
            {one && <Letters flow={flow} processor={one} type={row.type} />}
          </li>
        ))}
      </ul>
    </>
  );
}
