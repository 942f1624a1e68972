// All rental cards.
import { address } from '../../api/request';
import type { CardRow, Page } from '../../api/types';
import { number } from '../../i18n/format';
import { word } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { Filters } from '../../parts/filters';
import { MemberLink } from '../../parts/links';
import { Pager } from '../../parts/pager';
import { Empty, Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { route } from '../../route/route';
import { say } from './texts';

export function CardList() {
  const { query } = route.value;
  const wanted = { search: query.get('search'), status: query.get('status'), cursor: query.get('cursor'), limit: 25 };
  const cards = useResource<Page<CardRow>>(address('/v1/rental-cards', wanted), ['events']);
  return (
    <section class="panel">
      <Filters
        label={say('cards')}
        fields={[
          { name: 'search', label: say('idOrName'), kind: 'text' },
          {
            name: 'status',
            label: say('status'),
            kind: 'choice',
            options: ['AVAILABLE', 'SUSPENDED'].map((status) => [status, word(status)] as const),
          },
        ]}
      />
      {cards.refusal?.isAbsent ? (
        <Empty>{say('listAbsent')}</Empty>
      ) : (
        <Shown of={cards} isEmpty={(page) => page.items.length === 0} empty={say('noCards')}>
          {(page) => (
            <>
              <Table
                caption={say('cards')}
                rows={page.items}
                rowKey={(row) => row.memberId}
                columns={[
                  {
                    title: say('name'),
                    cell: (row) => <MemberLink id={row.memberId} name={row.memberName} />,
                    isHead: true,
                  },
                  { title: say('memberId'), cell: (row) => <span class="mono clip">{row.memberId}</span> },
                  { title: say('status'), cell: (row) => <Status of={row.status} /> },
                  { title: say('held'), cell: (row) => number(row.held), isNumber: true },
                  { title: say('fee'), cell: (row) => number(row.lateFee), isNumber: true },
                ]}
              />
              <Pager next={page.nextCursor} />
            </>
          )}
        </Shown>
      )}
    </section>
  );
}
