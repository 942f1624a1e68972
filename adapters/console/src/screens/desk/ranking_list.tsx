// What is rented most, in a month or of all time.
import { address } from '../../api/request';
import type { Ranking } from '../../api/types';
import { number } from '../../i18n/format';
import { useResource } from '../../live/resource';
import { BookLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { Table } from '../../parts/table';
import { filter, route } from '../../route/route';
import { say } from './texts';

const MONTHS = 12;

export function RankingList() {
  const period = route.value.query.get('period') ?? 'all';
  const ranking = useResource<Ranking>(address('/v1/best-sellers', { period, limit: 50 }), ['events']);
  const most = ranking.value?.items[0]?.count ?? 1;
  return (
    <section class="panel">
      <div class="filters">
        <label class="field">
          <span>{say('period')}</span>
          <select value={period} onChange={(event) => filter({ period: event.currentTarget.value })}>
            <option value="all">{say('allTime')}</option>
            {months().map((month) => (
              <option key={month} value={month}>
                {month}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Shown of={ranking} isEmpty={(value) => value.items.length === 0} empty={say('noRanking')}>
        {(value) => (
          <Table
            caption={say('ranking')}
            rows={value.items}
            rowKey={(book) => book.no}
            columns={[
              { title: say('rank'), cell: (book) => number(book.rank), isNumber: true },
              { title: say('title'), cell: (book) => <BookLink no={book.no} title={book.title} />, isHead: true },
              { title: say('number'), cell: (book) => <span class="mono">{book.no}</span> },
              {
                title: say('count'),
                cell: (book) => (
                  <>
                    <meter min={0} max={most} value={book.count} aria-hidden="true" /> {number(book.count)}
                  </>
                ),
                isNumber: true,
              },
            ]}
          />
        )}
      </Shown>
    </section>
  );
}

function months(): string[] {
  const now = new Date();
  return Array.from({ length: MONTHS }, (_, back) => {
    const month = new Date(now.getFullYear(), now.getMonth() - back, 1);
    return `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, '0')}`;
  });
}
