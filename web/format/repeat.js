// Rules of recurrence in plain words, and the rules people choose most. Pure.

const WEEKDAYS = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
};
export const DAY_CODES = Object.keys(WEEKDAYS);
const WORKDAYS = 'MO,TU,WE,TH,FR';
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const PLACES = {
  1: 'first',
  2: 'second',
  3: 'third',
  4: 'fourth',
  5: 'fifth',
  '-1': 'last',
  '-2': 'second to last',
};
const UNITS = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' };

/** Returns the parts of a rule: {FREQ: 'WEEKLY', BYDAY: 'TU'}. */
export const partsOf = (rule) => Object.fromEntries(rule.split(';').map((part) => part.split('=')));

/** Returns the rule of its parts; empty ones are left out. */
export const ruleOf = (parts) =>
  Object.entries(parts).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`)
    .join(';');

export const dayIn = (due) => (due.date ?? due.at).slice(0, 10);
export const codeOf = (day) => DAY_CODES[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7];
const isLastOfMonth = (day) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).getUTCDate() === 1;

/** "every second Tuesday", "on the last day of every month", "every 3 days after it is done". */
export function repeatText(repeat, due) {
  const parts = partsOf(repeat.rule);
  const day = dayIn(repeat.anchor ?? due);
  const words = repeat.counts_from === 'completion' ? afterDone(parts) : bySchedule(parts, day);
  return `${words}${endText(parts, repeat.left)}`;
}

function afterDone(parts) {
  const interval = Number(parts.INTERVAL ?? 1);
  const unit = UNITS[parts.FREQ];
  return `${every_(interval, unit)} after it is done`;
}

function bySchedule(parts, day) {
  const interval = Number(parts.INTERVAL ?? 1);
  const every = every_(interval, UNITS[parts.FREQ]);
  const only = parts.BYMONTH && parts.FREQ !== 'YEARLY'
    ? ` in ${listed(parts.BYMONTH.split(',').map(monthName))}`
    : '';
  switch (parts.FREQ) {
    case 'DAILY':
      return (parts.BYDAY && interval === 1 ? everyDays(parts.BYDAY, 1) : every) + only;
    case 'WEEKLY':
      return everyDays(parts.BYDAY ?? codeOf(day), interval) + only;
    case 'MONTHLY':
      return `${positionText(parts, day)} of ${every}${only}`;
    default: {
      if (!parts.BYDAY) {
        const dates = (parts.BYMONTH ?? String(Number(day.slice(5, 7)))).split(',').map((month) =>
          `${(parts.BYMONTHDAY ?? String(Number(day.slice(8)))).replace('-1', 'the last day of')} ${
            monthName(month)
          }`
        );
        return `${every} on ${listed(dates)}`;
      }
      return `${every}, ${positionText(parts, day)} of ${
        listed(parts.BYMONTH.split(',').map(monthName))
      }`;
    }
  }
}

const monthName = (number) => MONTHS[Number(number) - 1];
const every_ = (
  interval,
  unit,
) => (interval === 1
  ? `every ${unit}`
  : interval === 2
  ? `every second ${unit}`
  : `every ${interval} ${unit}s`);

function everyDays(codes, interval) {
  if (codes === WORKDAYS && interval === 1) return 'every weekday';
  const names = codes.split(',').map((code) => WEEKDAYS[code]);
  if (interval === 1) return `every ${listed(names)}`;
  if (interval === 2 && names.length === 1) return `every second ${names[0]}`;
  return `${every_(interval, 'week')} on ${listed(names)}`;
}

/** "on the last day", "on the second Tuesday", "on the 31st (or the last day)". */
function positionText(parts, day) {
  const picked = parts.BYSETPOS?.split(',').map((place) =>
    PLACES[place] ?? `${ordinal(Number(place))}`
  );
  if (parts.BYDAY) {
    const plain = parts.BYDAY === WORKDAYS
      ? 'weekday'
      : listed(parts.BYDAY.split(',').map(weekdayText), picked ? 'or' : 'and');
    return picked
      ? `on the ${listed(picked)} ${plain}`
      : `on ${/^[+-]?\d/.test(parts.BYDAY) ? 'the' : 'every'} ${plain}`;
  }
  const days = (parts.BYMONTHDAY ?? String(Number(day.slice(8)))).split(',').map(Number);
  const words = days.map((
    one,
  ) => (one === -1 ? 'last day' : one < 0 ? `${ordinal(-one)} to last day` : ordinal(one)));
  // A month without that day has its last one instead.
  const short = days.some((one) => one > 28) && !days.includes(-1) ? ' (or the last day)' : '';
  return `on the ${listed(words)}${short}`;
}

function weekdayText(code) {
  const [, place, name] = /^([+-]?\d)?(\w\w)$/.exec(code);
  return place ? `${PLACES[Number(place)]} ${WEEKDAYS[name]}` : WEEKDAYS[name];
}

function endText(parts, left) {
  const count = left ?? (parts.COUNT ? Number(parts.COUNT) : null);
  if (count !== null) return count === 1 ? ', for the last time' : `, ${count} times`;
  if (!parts.UNTIL) return '';
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(parts.UNTIL);
  return `, until ${Number(day)} ${monthName(month)} ${year}`;
}

function listed(names, last = 'and') {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

export function ordinal(number) {
  const end = number % 100 > 10 && number % 100 < 14
    ? 'th'
    : { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10] ?? 'th';
  return `${number}${end}`;
}

/** The rules most people choose for something due on that day. */
export function usualRules(due) {
  const day = dayIn(due);
  const code = codeOf(day);
  return [
    'FREQ=DAILY',
    `FREQ=WEEKLY;BYDAY=${WORKDAYS}`,
    `FREQ=WEEKLY;BYDAY=${code}`,
    `FREQ=WEEKLY;INTERVAL=2;BYDAY=${code}`,
    isLastOfMonth(day) ? 'FREQ=MONTHLY;BYMONTHDAY=-1' : 'FREQ=MONTHLY',
    'FREQ=YEARLY',
  ];
}

/** What the server takes to make a todo repeat as this one does. */
export const repeatBody = (repeat) =>
  repeat && { rule: repeat.rule, counts_from: repeat.counts_from, anchor: repeat.anchor };

/** "Every second Tuesday". */
export const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** The same rule from another day on: every Tuesday becomes every Thursday. */
export function ruleOn(rule, due) {
  const parts = partsOf(rule);
  return parts.FREQ === 'WEEKLY' && /^\w\w$/.test(parts.BYDAY ?? '')
    ? ruleOf({ ...parts, BYDAY: codeOf(dayIn(due)) })
    : rule;
}
