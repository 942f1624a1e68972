// Texts of the frame around every screen.
import { words } from '../i18n/words';

export const say = words({
  product: ['Rental library', '도서 대여'],
  skip: ['Skip to content', '본문으로 건너뛰기'],
  menu: ['Menu', '메뉴'],
  live: ['Live', '실시간'],
  connecting: ['Connecting…', '연결 중…'],
  polling: ['Asking every 3 s', '3초마다 조회'],
  paused: ['Paused', '일시 정지'],
  offline: ['No connection', '연결 끊김'],
  language: ['Language', '언어'],
  theme: ['Theme', '테마'],
  system: ['System', '시스템'],
  light: ['Light', '밝게'],
  dark: ['Dark', '어둡게'],
  keyboard: ['Keyboard', '키보드'],
  shortcuts: ['Shortcuts on', '단축키 사용'],
  keys_go: ['then a letter: go to a screen', '다음 글자: 화면 이동'],
  keys_filter: ['to the first filter or form field', '첫 필터나 입력란으로'],
  keys_help: ['these keys', '이 도움말'],
  keys_tab: [
    'Tab and Shift+Tab move, Enter follows, Esc closes a dialog.',
    'Tab과 Shift+Tab으로 이동, Enter로 열기, Esc로 대화 상자 닫기.',
  ],
  unknown: ['There is no such screen', '없는 화면입니다'],
  waiting: ['{n} waiting', '{n}건 대기'],
});
