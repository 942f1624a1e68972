// Renting a book: by its number, or chosen among those on the shelf.
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { address } from '../../api/request';
import type { Book, Card, Page, Started } from '../../api/types';
import { useResource } from '../../live/resource';
import { CommandForm } from '../../parts/command_form';
import { Field } from '../../parts/field';
import { say } from './texts';

export function RentForm({ card, started }: { card: Card; started: (processId: string) => void }) {
  const books = useResource<Page<Book>>(address('/v1/books', { status: 'AVAILABLE', limit: 50 }), ['events']);
  const list = useId();
  const isGiven = useSignal(false);
  return (
    <section class="section">
      <h3>{say('rentBook')}</h3>
      <CommandForm<Started>
        isInline
        submit={say('rent')}
        label={say('rentBook')}
        done={(answer) => started(answer.processId)}
        command={({ value }) => ({
          path: `/v1/rental-cards/${encodeURIComponent(card.memberId)}/rent`,
          body: { bookNo: Number(value('bookNo')), ...(value('on') && { on: value('on') }) },
        })}
      >
        <Field name="bookNo" label={say('bookNo')} inputMode="numeric" pattern="[0-9]+" required list={list} />
        {isGiven.value && <Field name="on" kind="date" label={say('givenDate')} hint={say('givenDateHint')} />}
      </CommandForm>
      <datalist id={list}>
        {books.value?.items.map((book) => (
          <option key={book.no} value={book.no}>
            {book.title}
          </option>
        ))}
      </datalist>
      {!isGiven.value && (
        <button
          type="button"
          class="plain small"
          onClick={() => {
            isGiven.value = true;
          }}
        >
          {say('givenDate')}
        </button>
      )}
    </section>
  );
}
