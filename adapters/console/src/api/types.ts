// What the service answers, as docs/API.md describes it.

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  errors?: { field: string; message: string }[];
  [member: string]: unknown;
}

export interface Page<T> {
  items: T[];
  nextCursor?: string;
  logId?: string;
}

/** Where a command was recorded. */
export interface Recorded {
  version: number;
  position: number;
  logId: string;
}

export interface Member {
  id: string;
  name: string;
  email?: string;
  points: number;
  version: number;
}

export interface MemberRow {
  id: string;
  name: string;
  points: number;
}

export interface LedgerEntry {
  cause: string;
  kind: string;
  amount: number;
  balance: number;
  at: string;
  position: number;
}

export type BookStatus = 'ENTERED' | 'AVAILABLE' | 'UNAVAILABLE';

export interface Book {
  no: number;
  title: string;
  author?: string;
  status: BookStatus;
  holder?: { rentalId: string };
}

export interface BookDetails extends Book {
  description?: string;
  isbn?: string;
  publicationDate?: string;
  source?: string;
  classification?: string;
  location?: string;
  version: number;
}

export type ItemState = 'PENDING' | 'RENTED' | 'RETURN_PENDING' | 'RETURNED';

export interface CardItem {
  rentalId: string;
  bookNo: number;
  title: string;
  rentedOn: string;
  dueOn: string;
  overdue: boolean;
  state: ItemState;
  returnedOn?: string;
  lateFee?: number;
  accruingFee?: number;
}

export type CardStatus = 'AVAILABLE' | 'SUSPENDED';

export interface Card {
  cardNo: string;
  memberId: string;
  memberName: string;
  status: CardStatus;
  lateFee: number;
  accruingFee: number;
  held: CardItem[];
  returned: CardItem[];
  clearing?: { clearingId: string; processId: string };
  version: number;
}

export interface CardRow {
  memberId: string;
  memberName: string;
  status: CardStatus;
  lateFee: number;
  held: number;
}

export interface Loan {
  memberId: string;
  bookNo: number;
  title: string;
  rentalId: string;
  rentedOn: string;
  dueOn: string;
  overdue: boolean;
}

export type ProcessKind = 'RENT' | 'RETURN' | 'OVERDUE';
export type ProcessStatus = 'STARTED' | 'COMPLETED' | 'COMPENSATING' | 'COMPENSATED' | 'NEEDS_REVIEW' | 'RESOLVED';
export type ParticipantState = 'WAITING' | 'DONE' | 'REFUSED' | 'UNDOING' | 'UNDONE' | 'UNDO_REFUSED';

export interface Participant {
  state: ParticipantState;
  reason?: string;
}

export interface Process {
  id: string;
  kind: ProcessKind;
  memberId: string;
  bookNo?: number;
  status: ProcessStatus;
  reason?: string;
  participants: { BOOK?: Participant; MEMBER?: Participant };
  steps: { at: string; position: number; what: string }[];
  startedAt: string;
  deadline?: string | null;
}

/** The answer to a rent, a return or a payment that goes on. */
export interface Started extends Recorded {
  processId: string;
  lateFee?: number;
}

export interface RankedBook {
  rank: number;
  no: number;
  title: string;
  count: number;
}

export interface Ranking {
  period: string;
  items: RankedBook[];
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface EventMetadata {
  keys?: { book?: string; member?: string; process?: string };
  correlation?: string;
  causation?: string;
  commandId?: string;
  actor?: { kind: string; name?: string };
  traceparent?: string;
  occurredAt?: string;
}

export interface LogEvent {
  position: number;
  stream: string;
  version: number;
  id: string;
  type: string;
  revision: number;
  at: string;
  commandId?: string;
  data?: Json;
  dataError?: string;
  metadata?: EventMetadata | null;
  metadataError?: string;
}

/** Events that follow from one another, in the order of the log. */
export interface Causation {
  events: LogEvent[];
  /** Whether these are all of them. */
  whole: boolean;
}

/** An event as the live stream tells of it: without its payload. */
export interface EventNote {
  position: number;
  stream: string;
  version: number;
  type: string;
  at: string;
  correlation?: string | null;
}

export type DeliveryState = 'HANDLED' | 'WAITING' | 'PARKED' | 'ABANDONED' | 'REJECTED' | 'IGNORED' | 'SKIPPED';

export interface Delivery {
  processor: string;
  state: DeliveryState;
  attempts: number;
  cause?: string;
}

export interface StreamState {
  version: number;
  headVersion: number;
  at?: string | null;
  state: Json;
  changes: StateChange[];
}

export interface StateChange {
  version: number;
  position: number;
  type: string;
  at: string;
  changed: { path: string; before?: Json; after?: Json }[];
}

export type ProcessorState = 'RUNNING' | 'PAUSED' | 'REBUILDING' | 'FAILED';

export interface Segment {
  id: number;
  mask: number;
  generation: number;
  owner?: string | null;
  epoch: number;
  position: number;
}

export interface Rebuild {
  generation: number;
  position: number;
  eventsPerSecond?: number | null;
  secondsLeft?: number | null;
  waiting?: string | null;
}

export interface Processor {
  name: string;
  kind: 'PROJECTION' | 'HANDLER' | 'RELAY';
  source: string;
  state: ProcessorState;
  segments: Segment[];
  position: number;
  head: number;
  lagEvents: number;
  lagSeconds?: number | null;
  rate?: number | null;
  waiting: string;
  parked: number;
  abandoned: number;
  rejected: number;
  rejectedDropped: number;
  ignoredTypes: string[];
  lastError?: string;
  rebuild?: Rebuild | null;
}

export type LetterKind = 'PARKED' | 'ABANDONED' | 'REJECTED';

export interface DeadLetter {
  id: string;
  processor: string;
  sequence: string;
  kind: LetterKind;
  type: string;
  position: number;
  cause: string;
  attempts: number;
  firstAt: string;
  lastAt: string;
  dueAt?: string | null;
}

export interface WholeLetter extends DeadLetter {
  event: LogEvent;
  failures: { at: string; cause: string }[];
}

export interface AuditEntry {
  id: string;
  position: number;
  at: string;
  /** Null, as target and actor, where the event was damaged. */
  what: string | null;
  target: { [name: string]: Json } | null;
  reason?: string | null;
  actor: { kind: string; name?: string } | null;
  outcome: 'APPLIED' | 'REFUSED' | 'WAITING' | 'UNREADABLE';
  cause?: string;
  detail?: Json;
}

export interface HealthCheck {
  name: string;
  ready: boolean;
  detail: string;
}

export interface OverviewPoint {
  at: string;
  events: number;
  commands: number;
  commandP99Ms: number | null;
  lagEvents: number;
  deadLetters: number;
}

export interface Overview {
  logId: string;
  at: string;
  node: string;
  version: string;
  services: string[];
  upSeconds: number;
  head: number;
  health: { ready: boolean; checks: HealthCheck[] };
  eventsPerSecond: number | null;
  commandsPerSecond: number | null;
  commandP50Ms: number | null;
  commandP99Ms: number | null;
  lagEvents: number;
  parked: number;
  abandoned: number;
  rejected: number;
  processesInReview: number | null;
  processesInFlight: number | null;
  unseenDeadlines: { view: string; why: string }[] | null;
  processors: { name: string; state: ProcessorState; waiting: string; lagEvents: number; rate: number | null }[];
  series: { everySeconds: number; points: OverviewPoint[] };
}
