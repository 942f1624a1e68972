// Texts of the overview.
import { words } from '../../i18n/words';

export const say = words({
  absent: [
    'This service has no overview; its processors are below.',
    '이 서비스에는 개요가 없습니다. 아래에 프로세서가 있습니다.',
  ],
  welcome: ['The library is empty', '도서관이 비어 있습니다'],
  welcomeText: [
    'The desk has a tour: in a minute it registers two members, lends a book, undoes a rent and takes a late fee, and you see every step.',
    '창구의 둘러보기에서 1분 만에 회원을 등록하고, 책을 빌리고, 대여를 되돌리고, 연체료를 내며 모든 단계를 볼 수 있습니다.',
  ],
  toDesk: ['Go to the desk', '창구로 가기'],
  health: ['Health', '상태'],
  ready: ['Ready', '정상'],
  notReady: ['Not ready', '준비 안 됨'],
  served: ['{services} · up for {time} · version {version}', '{services} · 가동 {time} · 버전 {version}'],
  unseenDeadlines: ['Deadlines of {view}: {why}', '{view} 기한: {why}'],
  head: ['Events in the log', '로그의 이벤트'],
  events: ['Events', '이벤트'],
  commands: ['Commands', '명령'],
  p99: ['Latency p99', '지연 p99'],
  p50: ['p50 {n} ms', 'p50 {n} ms'],
  lag: ['Events behind', '처리 지연'],
  letters: ['Dead letters', '배달 못한 이벤트'],
  rejected: ['{n} rejected', '거부 {n}'],
  review: ['In review', '검토 중'],
  inFlight: ['{n} in flight', '진행 중 {n}'],
  charts: ['The last 15 minutes', '최근 15분'],
  processors: ['Processors', '프로세서'],
});
