// How a stream stood at any of its versions, and what each event changed.
import { useSignal } from '@preact/signals';
import { words } from '../../i18n/words';
import { Empty } from '../../parts/shown';
import { go, link, route } from '../../route/route';
import { Traveller } from './traveller';

const say = words({
  stream: ['Stream', '스트림'],
  open: ['Open', '열기'],
  examples: [
    'A stream is the history of one thing: rental-card-jenny, book-1, member-jenny, best-seller-2026-11-1.',
    '스트림은 한 대상의 이력입니다: rental-card-jenny, book-1, member-jenny, best-seller-2026-11-1.',
  ],
});

export function TimeTravel() {
  const stream = route.value.path[1];
  const typed = useSignal(stream ?? '');
  const open = (event: SubmitEvent) => {
    event.preventDefault();
    const name = typed.value.trim();
    if (name) go(link(['time-travel', name]));
  };
  return (
    <>
      <form class="filters" role="search" onSubmit={open}>
        <label class="field">
          <span>{say('stream')}</span>
          <input
            data-filter
            class="wide-input"
            autocomplete="off"
            spellcheck={false}
            key={stream ?? ''}
            defaultValue={stream ?? ''}
            placeholder="rental-card-jenny"
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit">{say('open')}</button>
      </form>
      {stream ? <Traveller key={stream} stream={stream} /> : <Empty>{say('examples')}</Empty>}
    </>
  );
}
