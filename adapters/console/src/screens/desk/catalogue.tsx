// The catalogue: every copy, where it is, and the form for a new one.
import { address } from '../../api/request';
import type { Book, Page } from '../../api/types';
import { word } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { Filters } from '../../parts/filters';
import { BookLink, ProcessLink } from '../../parts/links';
import { Pager } from '../../parts/pager';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { Table } from '../../parts/table';
import { route } from '../../route/route';
import { EnterBook } from './counter';
import { say } from './texts';

export function Catalogue() {
  const { query } = route.value;
  const wanted = { search: query.get('search'), status: query.get('status'), cursor: query.get('cursor'), limit: 25 };
  const books = useResource<Page<Book>>(address('/v1/books', wanted), ['events']);
  return (
    <section class="panel">
      <Filters
        label={say('catalogue')}
        fields={[
          { name: 'search', label: say('search'), kind: 'text' },
          {
            name: 'status',
            label: say('status'),
            kind: 'choice',
            options: ['ENTERED', 'AVAILABLE', 'UNAVAILABLE'].map((status) => [status, word(status)] as const),
          },
        ]}
      />
      <details class="section">
        <summary>{say('enterBook')}</summary>
        <EnterBook done={() => void books.reload()} />
      </details>
      <Shown of={books} isEmpty={(page) => page.items.length === 0} empty={say('noBooks')}>
        {(page) => (
          <>
            <Table
              caption={say('catalogue')}
              rows={page.items}
              rowKey={(book) => book.no}
              columns={[
                { title: say('title'), cell: (book) => <BookLink no={book.no} title={book.title} />, isHead: true },
                { title: say('number'), cell: (book) => <span class="mono">{book.no}</span> },
                { title: say('authorShort'), cell: (book) => book.author ?? '–' },
                { title: say('status'), cell: (book) => <Status of={book.status} /> },
                {
                  title: say('holder'),
                  cell: (book) => (book.holder ? <ProcessLink id={`rent-${book.holder.rentalId}`} /> : '–'),
                },
              ]}
            />
            <Pager next={page.nextCursor} />
          </>
        )}
      </Shown>
    </section>
  );
}
