// Which topic the message of an event goes over, where a broker stands between services: as docs/EVENTS.md lists them.
const OF_TYPE: Record<string, readonly string[]> = {
  'rental-card.item-rented': ['rental_rent'],
  'rental-card.item-returned': ['rental_return'],
  'rental-card.clearing-requested': ['overdue_clear'],
  'rental-card.undo-requested': ['rent_cancel', 'return_cancel', 'point_use'],
  'rental-card.rent-cancelled': ['rental_uncount'],
  'book.book-entered': ['book_catalogue'],
  'book.book-made-available': ['book_catalogue'],
  'book.book-withdrawn': ['book_catalogue'],
};
const ANSWERS = ['rental_result'];

export function topicsOf(type: string): readonly string[] {
  const named = OF_TYPE[type];
  if (named) return named;
  const answers = type.startsWith('book.') || type.startsWith('member.points-');
  return answers ? ANSWERS : [];
}
