// One dead letter: its event, its failures, and what can be done about it.
import type { WholeLetter } from '../../api/types';
import { moment, number } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { JsonView } from '../../parts/json';
import { EventLink, ProcessorLink } from '../../parts/links';
import { Due } from '../../parts/moment';
import { Empty, Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { common } from '../../parts/texts';
import { link } from '../../route/route';
import { LetterActions } from './letter_actions';
import { say } from './texts';

export function LetterDetail({ id }: { id: string }) {
  const letter = useResource<WholeLetter>(`/v1/dead-letters/${encodeURIComponent(id)}`, ['dead-letters']);
  const isGone = letter.refusal?.slug === 'dead-letter-not-found';
  return (
    <>
      <p>
        <a href={link(['dead-letters'])}>{common('back')}</a>
      </p>
      {isGone ? (
        <Empty>{say('gone')}</Empty>
      ) : (
        <Shown of={letter}>{(value) => <Whole letter={value} done={() => void letter.reload()} />}</Shown>
      )}
    </>
  );
}

function Whole({ letter, done }: { letter: WholeLetter; done: () => void }) {
  return (
    <div class="columns">
      <section class="panel">
        <header class="member-head">
          <h2>{eventName(letter.type)}</h2>
          <Status of={letter.kind} />
        </header>
        <p class="prose">{say(letter.kind)}</p>
        <p class="notice warn why">{letter.cause}</p>
        <LetterActions letter={letter} done={done} />
        <dl class="facts">
          <dt>{say('type')}</dt>
          <dd>
            <EventLink position={letter.position} /> <code>{letter.type}</code>
          </dd>
          <dt>{say('processor')}</dt>
          <dd>
            <ProcessorLink name={letter.processor} />
          </dd>
          <dt>{say('sequence')}</dt>
          <dd>
            <a class="mono" href={link(['dead-letters'], { processor: letter.processor, sequence: letter.sequence })}>
              {letter.sequence}
            </a>
          </dd>
          <dt>{say('attempts')}</dt>
          <dd>{number(letter.attempts)}</dd>
          <dt>{say('first')}</dt>
          <dd>{moment(letter.firstAt)}</dd>
          <dt>{say('due')}</dt>
          <dd>{letter.dueAt ? <Due at={letter.dueAt} /> : say('byHand')}</dd>
        </dl>
      </section>
      <div class="stack">
        <section class="panel">
          <h2>{say('payload')}</h2>
          {letter.event.dataError ? (
            <p class="notice warn">{say('unreadable', { why: letter.event.dataError })}</p>
          ) : (
            <JsonView value={letter.event.data} label={say('payload')} />
          )}
        </section>
        <section class="panel">
          <h2>{say('failures')}</h2>
          <Table
            caption={say('failures')}
            rows={letter.failures}
            rowKey={(failure) => failure.at}
            columns={[
              { title: say('last'), cell: (failure) => moment(failure.at), isHead: true },
              { title: say('cause'), cell: (failure) => <span class="why">{failure.cause}</span> },
            ]}
          />
        </section>
      </div>
    </div>
  );
}
