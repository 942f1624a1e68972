// A tour of the library: eight steps, each of which really happens, and what became of it.
import { signal } from '@preact/signals';
import { Refused } from '../../api/request';
import { words } from '../../i18n/words';
import { Attempt } from '../../parts/attempt';
import { Icon } from '../../parts/icon';
import { BookLink, MemberLink } from '../../parts/links';
import { Refusal } from '../../parts/refusal';
import { common } from '../../parts/texts';
import { newRun, STEPS, take, type StepName, type TourRun } from './tour_steps';

const say = words({
  heading: ['A tour in a minute', '1분 둘러보기'],
  intro: [
    'Every step really happens in this library, with people and books of its own. Watch how a rent moves from service to service, and how it is undone when one of them refuses.',
    '모든 단계는 별도의 회원과 도서로 이 도서관에서 실제로 일어납니다. 대여가 서비스 사이를 어떻게 오가는지, 한 곳이 거절하면 어떻게 되돌려지는지 보세요.',
  ],
  go: ['Do it', '실행'],
  again: ['Start over', '처음부터'],
  end: [
    'That is the library. Everything that happened is in the log: follow any event to see what caused it.',
    '여기까지가 도서관입니다. 일어난 모든 일은 로그에 있습니다. 이벤트를 열어 원인을 따라가 보세요.',
  ],
  members: ['Register two members, Jenny and Tom', '회원 제니와 톰 등록'],
  books: ['Enter two books and put them on the shelf', '도서 두 권을 등록하고 서가에 비치'],
  cards: ['Issue a rental card to each', '두 사람에게 대여 카드 발급'],
  rent: ['Jenny rents a book', '제니가 도서를 대여'],
  undone: ['Tom wants the same book', '톰이 같은 도서를 대여하려 함'],
  return: ['Jenny returns it', '제니가 반납'],
  late: ['Jenny takes the other one and brings it back too late', '제니가 다른 도서를 빌려 늦게 반납'],
  pay: ['Jenny pays the late fee with points', '제니가 포인트로 연체료 납부'],
  members_why: [
    'A member has points; renting and returning earn them.',
    '회원은 포인트를 가지며, 대여와 반납으로 쌓입니다.',
  ],
  books_why: [
    'One number is one copy; only what is on the shelf can be lent.',
    '번호 하나가 책 한 권이며, 서가에 있는 책만 빌릴 수 있습니다.',
  ],
  cards_why: [
    'The card decides what its member may rent: five books at most, and none while a fee is owed.',
    '카드가 대여 가능 여부를 정합니다. 최대 5권, 연체료가 있으면 대여할 수 없습니다.',
  ],
  rent_why: [
    'The card asks the book and the points account; both answer, and the rent is confirmed.',
    '카드가 도서와 포인트에 요청하고, 둘 다 응답하면 대여가 확정됩니다.',
  ],
  undone_why: [
    'His card agrees, the book does not: what was done for him meanwhile is undone.',
    '카드는 허락하지만 도서가 거절합니다. 그 사이에 한 일은 되돌려집니다.',
  ],
  return_why: [
    'The book goes back to the shelf, and the return earns points.',
    '도서가 서가로 돌아가고 반납 포인트가 쌓입니다.',
  ],
  late_why: [
    '14 days are free, each further day costs 10 points. It needs a service that takes given dates (--allow-given-dates).',
    '14일까지 무료, 이후 하루 10점입니다. 날짜 지정을 허용한 서비스(--allow-given-dates)가 필요합니다.',
  ],
  pay_why: [
    'The fee is paid exactly and at once; then the card is free again.',
    '연체료는 정확히 한 번에 냅니다. 그러면 카드가 다시 풀립니다.',
  ],
  done: ['done', '완료'],
});

/** The tour lasts as long as the page: whoever looks elsewhere meanwhile finds it as it was. */
const tour = signal<{ run: TourRun; step: number; attempt?: string }>({ run: newRun(), step: 0 });
const busy = signal(false);
const refused = signal<Refused | undefined>(undefined);
/** The button of a step that is done is gone: the next one takes over its focus. */
let focusIsDue = false;

export function Tour() {
  const { run, step, attempt } = tour.value;
  return (
    <section class="panel tour" aria-labelledby="tour-heading">
      <header class="member-head">
        <h2 id="tour-heading">{say('heading')}</h2>
        {step > 0 && (
          <button type="button" class="plain small" onClick={startOver}>
            {say('again')}
          </button>
        )}
      </header>
      <p class="prose">{say('intro')}</p>
      <ol class="steps">
        {STEPS.map((name, at) => (
          <Step key={name} name={name} at={at} now={step} />
        ))}
      </ol>
      {refused.value && <Refusal of={refused.value} />}
      {step > 2 && <People run={run} />}
      {attempt && <Attempt key={attempt} id={attempt} />}
      {step === STEPS.length && <p class="notice">{say('end')}</p>}
    </section>
  );
}

function Step({ name, at, now }: { name: StepName; at: number; now: number }) {
  const state = at < now ? 'done' : at === now ? 'now' : 'later';
  return (
    <li class={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span class="step-mark" aria-hidden="true">
        {state === 'done' ? <Icon name="ok" /> : at + 1}
      </span>
      <div>
        <strong>{say(name)}</strong>
        {state === 'done' && <span class="hidden"> {say('done')}</span>}
        {state === 'now' && <p class="fine">{say(`${name}_why`)}</p>}
        {state === 'now' && (
          <button type="button" class="primary" ref={takeFocus} disabled={busy.value} onClick={() => void next()}>
            {busy.value ? common('working') : say('go')}
          </button>
        )}
      </div>
    </li>
  );
}

function People({ run }: { run: TourRun }) {
  return (
    <p class="fine people">
      <MemberLink id={run.jenny} name="Jenny" /> · <MemberLink id={run.tom} name="Tom" />
      {' · '}
      <BookLink no={run.bell} title="For Whom the Bell Tolls" /> ·{' '}
      <BookLink no={run.sea} title="The Old Man and the Sea" />
    </p>
  );
}

async function next(): Promise<void> {
  const { run, step, attempt } = tour.value;
  const name = STEPS[step];
  if (!name || busy.value) return;
  busy.value = true;
  refused.value = undefined;
  try {
    const started = (await take(name, run)) ?? attempt;
    tour.value = { run, step: step + 1, ...(started && { attempt: started }) };
    focusIsDue = true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refused.value = error;
  } finally {
    busy.value = false;
  }
}

function takeFocus(button: HTMLButtonElement | null): void {
  if (!button || !focusIsDue) return;
  focusIsDue = false;
  button.focus({ preventScroll: true });
}

function startOver(): void {
  tour.value = { run: newRun(), step: 0 };
  refused.value = undefined;
}
