// What processors could not handle, and why.
import { address } from '../../api/request';
import type { DeadLetter, Page } from '../../api/types';
import { number } from '../../i18n/format';
import { eventName } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { Filters } from '../../parts/filters';
import { EventLink, ProcessorLink } from '../../parts/links';
import { Due, Moment } from '../../parts/moment';
import { Pager } from '../../parts/pager';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { link, route } from '../../route/route';
import { LetterDetail } from './letter_detail';
import { say } from './texts';

export function DeadLetters() {
  const id = route.value.path[1];
  return id ? <LetterDetail key={id} id={id} /> : <List />;
}

function List() {
  const { query } = route.value;
  const wanted = Object.fromEntries(['processor', 'sequence', 'cursor'].map((name) => [name, query.get(name)]));
  const letters = useResource<Page<DeadLetter>>(address('/v1/dead-letters', { ...wanted, limit: 50 }), [
    'dead-letters',
  ]);
  return (
    <section class="panel">
      <Filters
        label={say('list')}
        fields={[
          { name: 'processor', label: say('processor'), kind: 'text', placeholder: 'catalogue' },
          { name: 'sequence', label: say('sequence'), kind: 'text', placeholder: 'book:1' },
        ]}
      />
      <Shown of={letters} isEmpty={(page) => page.items.length === 0} empty={say('none')}>
        {(page) => (
          <>
            <Table
              caption={say('list')}
              rows={page.items}
              rowKey={(letter) => letter.id}
              columns={[
                {
                  title: say('letter'),
                  cell: (letter) => <a href={link(['dead-letters', letter.id])}>{eventName(letter.type)}</a>,
                  isHead: true,
                },
                { title: say('kind'), cell: (letter) => <Status of={letter.kind} /> },
                { title: say('type'), cell: (letter) => <EventLink position={letter.position} /> },
                { title: say('processor'), cell: (letter) => <ProcessorLink name={letter.processor} /> },
                {
                  title: say('sequence'),
                  cell: (letter) => (
                    <a
                      class="mono"
                      href={link(['dead-letters'], { processor: letter.processor, sequence: letter.sequence })}
                    >
                      {letter.sequence}
                    </a>
                  ),
                },
                { title: say('cause'), cell: (letter) => <span class="why">{letter.cause}</span> },
                { title: say('attempts'), cell: (letter) => number(letter.attempts), isNumber: true },
                { title: say('last'), cell: (letter) => <Moment at={letter.lastAt} /> },
                { title: say('due'), cell: (letter) => (letter.dueAt ? <Due at={letter.dueAt} /> : say('byHand')) },
              ]}
            />
            <Pager next={page.nextCursor} />
          </>
        )}
      </Shown>
    </section>
  );
}
