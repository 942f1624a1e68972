// All processors of this process.
import type { Processor } from '../../api/types';
import { number, numberOrDash } from '../../i18n/format';
import { word } from '../../i18n/names';
import type { Resource } from '../../live/resource';
import { ProcessorLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { link } from '../../route/route';
import { Lag } from './lag';
import { say } from './texts';

export function ProcessorList({ of: processors }: { of: Resource<Processor[]> }) {
  return (
    <section class="panel">
      <Shown of={processors} isEmpty={(items) => items.length === 0} empty={say('none')}>
        {(items) => (
          <Table
            caption={say('list')}
            rows={items}
            rowKey={(one) => one.name}
            columns={[
              { title: say('name'), cell: (one) => <ProcessorLink name={one.name} />, isHead: true },
              { title: say('kind'), cell: (one) => word(one.kind) },
              { title: say('state'), cell: (one) => <Status of={one.state} /> },
              { title: say('lag'), cell: (one) => <Lag of={one} /> },
              { title: say('rate'), cell: (one) => numberOrDash(one.rate, 1), isNumber: true },
              { title: say('position'), cell: (one) => number(one.position), isNumber: true },
              { title: say('letters'), cell: (one) => <Letters of={one} />, isNumber: true },
              { title: say('waiting'), cell: (one) => <span class="fine">{one.waiting}</span> },
            ]}
          />
        )}
      </Shown>
    </section>
  );
}

function Letters({ of: one }: { of: Processor }) {
  const waiting = one.parked + one.abandoned + one.rejected;
  if (waiting === 0) return <>0</>;
  const counts = { parked: one.parked, abandoned: one.abandoned, rejected: one.rejected };
  return (
    <a href={link(['dead-letters'], { processor: one.name })} title={say('lettersOf', counts)}>
      {number(waiting)}
    </a>
  );
}
