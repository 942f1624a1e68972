// One processor: where it stands, its segments, and the actions on it.
import type { Processor, Rebuild } from '../../api/types';
import { duration, number, numberOrDash } from '../../i18n/format';
import { EVENT_TYPES, eventName, word } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { common } from '../../parts/texts';
import { link } from '../../route/route';
import { Lag } from './lag';
import { ProcessorActions } from './processor_actions';
import { Segments } from './segments';
import { say } from './texts';

export function ProcessorDetail({ name, told }: { name: string; told: Processor | undefined }) {
  const read = useResource<Processor>(`/v1/processors/${encodeURIComponent(name)}`, ['processors', 'audit']);
  // After an action the answer to reading is newer than what the stream told.
  const value = read.value && told ? newer(read.value, told) : (read.value ?? told);
  return (
    <>
      <p>
        <a href={link(['processors'])}>{common('back')}</a>
      </p>
      <Shown of={{ ...read, value }}>
        {(one) => (
          <div class="columns">
            <div class="stack">
              <section class="panel">
                <header class="member-head">
                  <h2 class="mono">{one.name}</h2>
                  <Status of={one.state} />
                </header>
                <Facts of={one} />
                {one.rebuild && <Rebuilding of={one.rebuild} />}
                {one.lastError && (
                  <p class="notice warn">
                    {say('lastError')}: {one.lastError}
                  </p>
                )}
                <h3>{say('actions')}</h3>
                <ProcessorActions of={one} done={() => void read.reload()} />
              </section>
              <Segments of={one} done={() => void read.reload()} />
            </div>
            <section class="panel">
              <h2>{say('handles')}</h2>
              <Types types={EVENT_TYPES.filter((type) => !one.ignoredTypes.includes(type))} />
              <details class="section">
                <summary>{say('ignores')}</summary>
                <Types types={one.ignoredTypes} />
              </details>
            </section>
          </div>
        )}
      </Shown>
    </>
  );
}

function newer(one: Processor, other: Processor): Processor {
  return other.head > one.head ? other : one;
}

function Facts({ of: one }: { of: Processor }) {
  const counts = { parked: one.parked, abandoned: one.abandoned, rejected: one.rejected };
  return (
    <dl class="facts">
      <dt>{say('waiting')}</dt>
      <dd>{one.waiting}</dd>
      <dt>{say('lag')}</dt>
      <dd>
        <Lag of={one} />
      </dd>
      <dt>{say('position')}</dt>
      <dd class="mono">
        {number(one.position)} / {number(one.head)}
      </dd>
      <dt>{say('rate')}</dt>
      <dd>{numberOrDash(one.rate, 1)}</dd>
      <dt>{say('kind')}</dt>
      <dd>
        {word(one.kind)} · {say('source')} {say(one.source === 'TOPIC' ? 'TOPIC' : 'LOG')}
      </dd>
      <dt>{say('letters')}</dt>
      <dd>
        {say('lettersOf', counts)} · <a href={link(['dead-letters'], { processor: one.name })}>{say('toLetters')}</a>
      </dd>
    </dl>
  );
}

function Rebuilding({ of: rebuild }: { of: Rebuild }) {
  const known = rebuild.secondsLeft !== null && rebuild.secondsLeft !== undefined;
  const left = known ? say('secondsLeft', { time: duration(rebuild.secondsLeft ?? 0) }) : say('unknownLeft');
  return (
    <p class="notice">
      {say('rebuilding', { generation: rebuild.generation, position: number(rebuild.position), left })}
      {rebuild.waiting && <span class="fine"> {rebuild.waiting}</span>}
    </p>
  );
}

function Types({ types }: { types: readonly string[] }) {
  return (
    <ul class="types">
      {types.map((type) => (
        <li key={type}>
          <a href={link(['events'], { type })}>{eventName(type)}</a> <code class="fine">{type}</code>
        </li>
      ))}
    </ul>
  );
}
