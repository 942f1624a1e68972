// A rent, a return or a payment: where it stands, who said what, and its way through the services.
import type { Process } from '../api/types';
import { isMoving, useJourney, useProcess } from '../live/journey';
import { word } from '../i18n/names';
import { words } from '../i18n/words';
import { Journey } from './journey';
import { BookLink, MemberLink, ProcessLink } from './links';
import { Due, Moment } from './moment';
import { Shown } from './shown';
import { Status } from './status';

const say = words({
  deadline: ['answers are awaited until', '응답 마감'],
  RENT_COMPLETED: [
    'The book and the points agreed: the rent is confirmed.',
    '도서와 포인트가 모두 동의하여 대여가 확정되었습니다.',
  ],
  RENT_COMPENSATED: [
    'The rent was undone: {reason}. What the others had done is taken back.',
    '대여를 되돌렸습니다: {reason}. 다른 서비스가 한 일도 취소했습니다.',
  ],
  RETURN_COMPLETED: [
    'The book is back and the points are added: the return is confirmed.',
    '도서가 돌아오고 포인트가 적립되어 반납이 확정되었습니다.',
  ],
  RETURN_COMPENSATED: [
    'The return was undone: {reason}. The book is on the card as before.',
    '반납을 되돌렸습니다: {reason}. 도서는 그대로 카드에 있습니다.',
  ],
  OVERDUE_COMPLETED: ['The points were used: the fee is paid.', '포인트를 사용하여 연체료를 냈습니다.'],
  OVERDUE_COMPENSATED: [
    'The payment was refused: {reason}. The fee is owed as before.',
    '납부가 거절되었습니다: {reason}. 연체료는 그대로입니다.',
  ],
  moving: [
    'The card asked the others and waits for their answers.',
    '카드가 다른 서비스에 요청하고 응답을 기다립니다.',
  ],
  undoing: [
    'Somebody refused: {reason}. What the others have done is being undone.',
    '거절되었습니다: {reason}. 다른 서비스가 한 일을 되돌리는 중입니다.',
  ],
  review: [
    'It cannot end by itself: {reason}. Somebody has to decide.',
    '스스로 끝날 수 없습니다: {reason}. 사람이 결정해야 합니다.',
  ],
  resolved: ['Somebody decided it by hand.', '사람이 직접 결정했습니다.'],
});

export function Attempt({ id, isNamed = true }: { id: string; isNamed?: boolean }) {
  const process = useProcess(id);
  const events = useJourney(process.value);
  return (
    <Shown of={process}>
      {(value) => (
        <div class="attempt" data-status={value.status}>
          <AttemptHead process={value} isNamed={isNamed} />
          <p class="lead" role="status">
            {explained(value)}
          </p>
          <Participants process={value} />
          {events.length > 0 && <Journey events={events} />}
        </div>
      )}
    </Shown>
  );
}

function AttemptHead({ process, isNamed }: { process: Process; isNamed: boolean }) {
  return (
    <div class="attempt-head">
      <Status of={process.status} />
      <strong>{word(process.kind)}</strong>
      {isNamed && <MemberLink id={process.memberId} />}
      {process.bookNo !== undefined && <BookLink no={process.bookNo} />}
      <ProcessLink id={process.id} />
      <span class="fine">
        <Moment at={process.startedAt} />
      </span>
      {isMoving(process) && process.deadline && (
        <span class="fine">
          {say('deadline')} <Due at={process.deadline} />
        </span>
      )}
    </div>
  );
}

function explained(process: Process): string {
  const reason = process.reason ?? '–';
  switch (process.status) {
    case 'STARTED':
      return say('moving');
    case 'COMPENSATING':
      return say('undoing', { reason });
    case 'NEEDS_REVIEW':
      return say('review', { reason });
    case 'RESOLVED':
      return say('resolved');
    case 'COMPLETED':
    case 'COMPENSATED':
      return say(`${process.kind}_${process.status}`, { reason });
  }
}

function Participants({ process }: { process: Process }) {
  const all = (['BOOK', 'MEMBER'] as const).flatMap((name) => {
    const participant = process.participants[name];
    return participant ? [{ name, ...participant }] : [];
  });
  return (
    <ul class="participants">
      {all.map((one) => (
        <li key={one.name}>
          <span>{word(one.name)}</span>
          <Status of={one.state} />
          {one.reason && <span class="fine">{one.reason}</span>}
        </li>
      ))}
    </ul>
  );
}
