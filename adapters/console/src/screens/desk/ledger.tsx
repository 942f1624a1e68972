// What moved a member's points.
import { address } from '../../api/request';
import type { LedgerEntry, Page } from '../../api/types';
import { number } from '../../i18n/format';
import { word } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { EventLink, ProcessLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { Table } from '../../parts/table';
import { useEffect } from 'preact/hooks';
import { say } from './texts';

export function Ledger({ id, balance }: { id: string; balance: number }) {
  const ledger = useResource<Page<LedgerEntry>>(
    address(`/v1/members/${encodeURIComponent(id)}/points`, { limit: 200 }),
    ['processes'],
  );
  useEffect(() => void ledger.reload(), [balance]);
  return (
    <details class="section">
      <summary>{say('ledger')}</summary>
      <Shown of={ledger} isEmpty={(page) => page.items.length === 0} empty={say('noLedger')}>
        {(page) => (
          <Table
            caption={say('ledger')}
            rows={[...page.items].reverse()}
            rowKey={(entry) => entry.position}
            columns={[
              {
                title: say('what'),
                cell: (entry) => (
                  <>
                    {word(entry.kind)} <EventLink position={entry.position} />
                  </>
                ),
                isHead: true,
              },
              {
                title: say('cause'),
                cell: (entry) => (entry.cause === 'operator' ? say('operator') : <ProcessLink id={entry.cause} />),
              },
              { title: say('amount'), cell: (entry) => signed(entry), isNumber: true },
              { title: say('balance'), cell: (entry) => number(entry.balance), isNumber: true },
            ]}
          />
        )}
      </Shown>
    </details>
  );
}

function signed(entry: LedgerEntry): string {
  return `${entry.kind === 'points-saved' ? '+' : '−'}${number(entry.amount)}`;
}
