// Wall times and instants, by Intl alone. Pure: the clock and the zone are always handed in.

const DAY_MS = 86_400_000;
const formats = new Map();

function wallFormat(zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Returns the wall time of an instant in a zone, as YYYY-MM-DDTHH:MM:SS. */
export function wallTime(instantMs, zone) {
  const parts = Object.fromEntries(
    wallFormat(zone).formatToParts(instantMs).map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

/** Returns the instant (ms) of a wall time in a zone; in the hour that is skipped, the later one. */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`);
  const offset = (at) => Date.parse(`${wallTime(at, zone)}Z`) - at;
  // Twice: the offset at the first guess may be that of the other side of a clock change.
  const guess = asUtc - offset(asUtc);
  return asUtc - offset(guess);
}

/** Returns the calendar day of an instant in a zone, as YYYY-MM-DD. */
export const dayOf = (instantMs, zone) => wallTime(instantMs, zone).slice(0, 10);

/** Returns the day `days` after `day`. Days are calendar days, so clocks do not matter. */
export function addDays(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export const daysBetween = (from, to) =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

/** 1 is Monday … 7 is Sunday. */
export const weekday = (day) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

/**
 * Where a due date lies for one reader.
 * @returns {{day: string, time: string | null, instant: number | null} | null}
 */
export function localDue(todo, zone) {
  const { due } = todo;
  if (!due) return null;
  if (due.date) return { day: due.date, time: null, instant: null };
  const instant = due.zone
    ? (todo.due_at ? Date.parse(todo.due_at) : instantOf(due.at, due.zone))
    : instantOf(due.at, zone);
  const wall = wallTime(instant, zone);
  return { day: wall.slice(0, 10), time: wall.slice(11, 16), instant };
}

/** Tells whether a todo's moment has passed for this reader. */
export function isOverdue(todo, { zone, now }) {
  const due = localDue(todo, zone);
  if (!due) return false;
  return due.instant === null ? due.day < dayOf(now, zone) : due.instant < now;
}
