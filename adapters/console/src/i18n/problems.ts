// The titles of problems that people at the desk and operators meet; the service writes them in English.
import { named, type Pair } from './words';

const KOREAN: Record<string, string> = {
  unreachable: '서비스에 연결할 수 없습니다',
  'not-found': '이 주소에는 아무것도 없습니다',
  'not-served-here': '다른 서비스가 담당합니다',
  'invalid-fields': '사용할 수 없는 입력이 있습니다',
  'member-not-found': '회원이 없습니다',
  'member-exists': '다른 회원이 쓰는 아이디입니다',
  'not-enough-points': '포인트가 부족합니다',
  'book-not-found': '도서가 없습니다',
  'book-exists': '다른 도서가 쓰는 번호입니다',
  'book-is-lent': '대여 중인 도서입니다',
  'card-not-found': '대여 카드가 없습니다',
  'card-exists': '다른 이름의 카드가 있습니다',
  'card-suspended': '정지된 카드입니다',
  'too-many-books': '더 빌릴 수 없습니다',
  'book-already-held': '이미 이 카드에 있는 도서입니다',
  'book-not-held': '이 카드에 없는 도서입니다',
  'rental-pending': '대여가 아직 확정되지 않았습니다',
  'return-before-rent': '반납일이 대여일보다 빠릅니다',
  'not-yet-due': '아직 연체가 아닙니다',
  'no-fee': '낼 연체료가 없습니다',
  'books-still-held': '먼저 도서를 모두 반납해야 합니다',
  'fee-mismatch': '연체료와 금액이 다릅니다',
  'clearing-pending': '납부가 진행 중입니다',
  'rental-cancelled': '대여가 취소되었습니다',
  'return-cancelled': '반납이 취소되었습니다',
  'clearing-refused': '납부가 거절되었습니다',
  'not-in-review': '검토 중인 프로세스가 아닙니다',
  'cannot-confirm': '더는 확정할 수 없습니다',
  'processor-running': '프로세서가 실행 중입니다',
  'rebuild-instead': '뷰는 새로 구축해야 합니다',
  'no-rebuild': '재구축 중이 아닙니다',
  'cannot-split': '세그먼트를 나눌 수 없습니다',
  'cannot-merge': '세그먼트를 합칠 수 없습니다',
  'payload-unusable': '사용할 수 없는 내용입니다',
  'action-refused': '조치할 수 없었습니다',
  'action-not-applied': '조치가 기록되었고 아직 적용되지 않았습니다',
};

export function problemTitle(slug: string, title: string): string {
  const korean = KOREAN[slug];
  const pair: Pair = [title, korean ?? title];
  return named({ [slug]: pair }, slug);
}
