// One copy: what it is, where it is, and whether it is on the shelf.
import type { BookDetails } from '../../api/types';
import { word } from '../../i18n/names';
import { useResource } from '../../live/resource';
import { useAction } from '../../parts/action';
import { ProcessLink } from '../../parts/links';
import { Refusal } from '../../parts/refusal';
import { Shown } from '../../parts/shown';
import { Status } from '../../parts/status';
import { common } from '../../parts/texts';
import { link } from '../../route/route';
import { say } from './texts';

const DETAILS = ['author', 'description', 'isbn', 'publicationDate', 'source', 'classification', 'location'] as const;

export function BookPage({ no }: { no: string }) {
  const path = `/v1/books/${encodeURIComponent(no)}`;
  const book = useResource<BookDetails>(path, ['events']);
  const action = useAction();
  const move = async (to: 'available' | 'unavailable') => {
    if (await action.run({ path: `${path}/${to}` })) await book.reload();
  };
  return (
    <section class="panel">
      <p>
        <a href={link(['desk', 'books'])}>{common('back')}</a>
      </p>
      <Shown of={book}>
        {(value) => (
          <>
            <header class="member-head">
              <h2>{value.title}</h2>
              <span class="mono">#{value.no}</span>
              <Status of={value.status} />
              {value.holder && <ProcessLink id={`rent-${value.holder.rentalId}`} />}
              <a href={link(['time-travel', `book-${value.no}`])}>{say('history')}</a>
            </header>
            <dl class="facts">
              {DETAILS.map(
                (name) =>
                  value[name] && [<dt key={name}>{name}</dt>, <dd key={`${name}-value`}>{word(value[name])}</dd>],
              )}
            </dl>
            <div class="buttons">
              {value.status !== 'AVAILABLE' && (
                <button type="button" disabled={action.isBusy} onClick={() => void move('available')}>
                  {say('toShelf')}
                </button>
              )}
              {value.status !== 'UNAVAILABLE' && (
                <button type="button" disabled={action.isBusy} onClick={() => void move('unavailable')}>
                  {say('withdraw')}
                </button>
              )}
            </div>
            {action.refusal && <Refusal of={action.refusal} />}
          </>
        )}
      </Shown>
    </section>
  );
}
