// Texts of the dead letters.
import { words } from '../../i18n/words';

export const say = words({
  list: ['Dead letters', '배달 못한 이벤트'],
  none: [
    'No event waits: every processor could handle everything that it met.',
    '기다리는 이벤트가 없습니다. 모든 프로세서가 만난 이벤트를 처리했습니다.',
  ],
  letter: ['Letter', '항목'],
  processor: ['Processor', '프로세서'],
  sequence: ['Sequence', '순서열'],
  kind: ['Kind', '종류'],
  type: ['Event', '이벤트'],
  cause: ['Cause', '원인'],
  attempts: ['Attempts', '시도'],
  due: ['Tried next', '다음 시도'],
  first: ['First failed', '처음 실패'],
  last: ['Last failed', '마지막 실패'],
  failures: ['Failures', '실패 기록'],
  payload: ['Payload in the log', '로그의 내용'],
  unreadable: ['It is not JSON: {why}', 'JSON이 아닙니다: {why}'],
  byHand: ['only by hand', '직접 시도할 때만'],
  PARKED: [
    'It is tried again by itself; what follows in its sequence waits behind it.',
    '자동으로 다시 시도하며, 같은 순서열의 다음 이벤트는 기다립니다.',
  ],
  ABANDONED: [
    'It was tried too often; what follows in its sequence waits behind it.',
    '너무 여러 번 실패했습니다. 같은 순서열의 다음 이벤트는 기다립니다.',
  ],
  REJECTED: ['It does not fit, and blocks nothing.', '맞지 않는 이벤트이며 아무것도 막지 않습니다.'],
  retry: ['Retry', '재시도'],
  retryWhy: [
    'This event and what waits behind it in {sequence} are tried now.',
    '이 이벤트와 {sequence}에서 뒤에 기다리는 것을 지금 다시 시도합니다.',
  ],
  edit: ['Edit and retry', '수정 후 재시도'],
  editWhy: [
    '{processor} handles the event as if it had this payload, now and whenever it meets it again. The log keeps what it has.',
    '{processor}이(가) 지금부터 이 내용으로 이벤트를 처리합니다. 로그의 내용은 그대로입니다.',
  ],
  newPayload: ['Payload (JSON)', '내용 (JSON)'],
  evict: ['Evict', '제거'],
  evictWhy: [
    '{processor} passes over this event, now and whenever it meets it again: its effect is missing from then on. What waits behind it goes on.',
    '{processor}이(가) 이 이벤트를 앞으로 계속 건너뜁니다. 그 효과는 빠지고, 뒤에 기다리던 것은 계속됩니다.',
  ],
  gone: ['The letter is gone: it was handled or evicted.', '처리되었거나 제거되어 더는 없습니다.'],
});
