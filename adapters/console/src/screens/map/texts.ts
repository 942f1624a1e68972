// Texts of the flow map.
import { words } from '../../i18n/words';

export const say = words({
  intro: [
    'Each type of event on its way to the processors that follow it. Choose one to see where it waits, and why.',
    '이벤트 종류마다 어떤 프로세서로 가는지 보여 줍니다. 하나를 고르면 어디서 왜 기다리는지 보입니다.',
  ],
  'rental-card': ['Rental card', '대여 카드'],
  book: ['Book', '도서'],
  member: ['Member', '회원'],
  'best-seller': ['Ranking', '순위'],
  operator: ['Operators', '운영'],
  types: ['Types of events', '이벤트 종류'],
  topics: ['Topics', '토픽'],
  partitions: ['{n} partitions', '파티션 {n}개'],
  processors: ['Processors', '프로세서'],
  way: ['The way of “{type}”', '“{type}”의 경로'],
  follows: ['What {name} follows', '{name}이(가) 따르는 이벤트'],
  topic: ['topic {name}', '토픽 {name}'],
  nobody: [
    'No processor of this process follows it; it stays in the log.',
    '이 프로세스에는 따르는 프로세서가 없습니다. 로그에 남습니다.',
  ],
  letters: ['{n} letters of this type', '이 종류의 보류 {n}건'],
  perSecond: ['{n}/s', '초당 {n}'],
  behind: ['{n} events behind', '{n}건 지연'],
  caughtUp: ['caught up', '따라잡음'],
  choose: ['Nothing is chosen', '선택된 것이 없습니다'],
  events: ['Its events', '이벤트 보기'],
  table: ['As a table', '표로 보기'],
  type: ['Type', '종류'],
  followers: ['Followed by', '따르는 프로세서'],
});
