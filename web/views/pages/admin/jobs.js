// Jobs that have not ended well, and dead letters with what can be done about them.

import { message, t, tn } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { icon } from '../../base/icons.js';
import { empty } from '../page_parts.js';
import { AdminView, table, whenText } from './admin_view.js';
import { jobName } from './job_names.js';

/**
 * @import {
 *   ChangedJobsShape, DeadJobPage, DeadJobShape, JobCountsShape, JobCountShape,
 * } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

// Each poll costs two statements that read an index of open jobs.
const POLL_MS = 4_000;
/** @type {Record<string, string>} */
const STATES = {
  queued: message('waiting'),
  leased: message('running'),
  sending: message('sending'),
  parked: message('unknown to the worker'),
  dead: message('given up'),
};

/** @extends {AdminView<{}>} */
export class AdminJobs extends AdminView {
  /** @type {JobCountsShape | null} */
  #counts = null;
  /** @type {DeadJobShape[]} */
  #dead = [];
  /** @type {string | null} */
  #nextCursor = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connected() {
    super.connected();
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
    document.addEventListener('visibilitychange', this.#poll);
  }

  disconnected() {
    clearInterval(this.#timer);
    document.removeEventListener('visibilitychange', this.#poll);
  }

  #poll = () => {
    // Whoever reads older jobs keeps them: only the counts are renewed then.
    if (document.visibilityState === 'visible') this.reload();
  };

  async load() {
    const { session } = this.app;
    const [counts, dead] = await Promise.all([
      /** @type {Promise<Answer<JobCountsShape>>} */
      (session.call('GET', '/admin/jobs/counts')),
      /** @type {Promise<Answer<DeadJobPage>>} */
      (session.call('GET', '/admin/jobs/dead')),
    ]);
    this.#counts = counts.body;
    const oldest = dead.body.items.at(-1)?.id ?? '';
    const older = this.#dead.filter(({ id }) => oldest && id < oldest);
    this.#dead = [...dead.body.items, ...older];
    if (older.length === 0) this.#nextCursor = dead.body.next_cursor;
  }

  async #loadOlder() {
    /** @type {Answer<DeadJobPage>} */
    const { body } = await this.app.session.call(
      'GET',
      `/admin/jobs/dead?before=${this.#nextCursor}`,
    );
    this.#dead = [...this.#dead, ...body.items];
    this.#nextCursor = body.next_cursor;
    this.redraw();
  }

  content() {
    const open = this.#counts?.items ?? [];
    return [
      h('h2', null, t('Dead letters')),
      this.#dead.length > 0 ? this.#deadLetters(open) : empty(
        'check',
        t('No dead letters'),
        t('Jobs that fail for good are kept here, so that you can retry them.'),
        null,
        'h2',
      ),
      h('h2', null, t('Waiting and running')),
      this.#late(),
      this.#waiting(open.filter(({ state }) => state !== 'dead')),
    ];
  }

  #late() {
    const seconds = Math.round(this.#counts?.oldest_due_seconds ?? 0);
    if (seconds < 60) return null;
    const minutes = Math.floor(seconds / 60);
    const text = tn(
      minutes,
      'The first job has waited for {count} minute. Does a worker run?',
      'The first job has waited for {count} minutes. Does a worker run?',
    );
    return h('p', { class: 'problem' }, text);
  }

  /** @param {JobCountShape[]} counts */
  #waiting(counts) {
    if (counts.length === 0) return h('p', { class: 'quiet' }, t('Nothing waits.'));
    return table(
      [t('Kind'), t('State'), t('Jobs'), t('Next due')],
      counts.map(({ kind, state, count, next_at: next }) => ({
        key: `${kind} ${state}`,
        cells: [jobName(kind), t(STATES[state]), count, whenText(next, this.app.reader)],
      })),
      t('Jobs that wait or run'),
    );
  }

  /** @param {JobCountShape[]} counts */
  #deadLetters(counts) {
    const kinds = counts.filter(({ state }) => state === 'dead');
    return [
      h(
        'div',
        { class: 'admin-filters' },
        kinds.map(({ kind, count }) =>
          h(
            'button',
            {
              key: kind,
              class: 'button small',
              onClick: () => this.#askForAll('retry', kind, count),
            },
            icon('repeat'),
            t('Retry all: {job} ({count})', { job: jobName(kind), count }),
          )
        ),
      ),
      table(
        [t('Job'), t('Reason'), t('Given up'), ''],
        this.#dead.map((job) => this.#row(job)),
        t('Dead letters'),
      ),
      this.#nextCursor
        ? h('button', { class: 'button', onClick: () => this.#loadOlder() }, t('Older ones'))
        : null,
    ];
  }

  /** @param {DeadJobShape} job */
  #row({ id, kind, error, attempts, crashes, in_doubt_count: doubts, dead_at: deadAt }) {
    const notes = [
      attempts > 1 && tn(attempts, '{count} attempt', '{count} attempts'),
      crashes && tn(crashes, '{count} crashed worker', '{count} crashed workers'),
      doubts && t('it may have been delivered'),
    ].filter(Boolean);
    return {
      key: id,
      cells: [
        jobName(kind),
        h(
          'div',
          null,
          error || t('No reason is known.'),
          notes.length > 0 ? h('span', { class: 'quiet' }, ` (${notes.join(', ')})`) : null,
        ),
        whenText(deadAt, this.app.reader),
        h(
          'div',
          { class: 'plain-actions' },
          h('button', {
            class: 'button small',
            onClick: () => this.act(() => this.#change('retry', { ids: [id] })),
          }, t('Retry')),
          h('button', {
            class: 'button small danger',
            onClick: () => this.#askToDiscard(id, kind),
          }, t('Discard')),
        ),
      ],
    };
  }

  /**
   * @param {'retry'} command
   * @param {string} kind
   * @param {number} count
   */
  #askForAll(command, kind, count) {
    const text = tn(
      count,
      'One job runs again. Correct the cause first.',
      '{count} jobs run again, one after the other. Correct the cause first.',
    );
    this.ask(
      t('Retry all: {job}?', { job: jobName(kind) }),
      text,
      t('Retry all'),
      () => this.#change(command, { all: true, kind }),
    );
  }

  /**
   * @param {string} id
   * @param {string} kind
   */
  #askToDiscard(id, kind) {
    const text = t('“{job}” will never be done. There is no way back.', {
      job: jobName(kind),
    });
    this.ask(
      t('Discard this job?'),
      text,
      t('Discard'),
      () => this.#change('discard', { ids: [id] }),
    );
  }

  /**
   * @param {'retry' | 'discard'} command
   * @param {{ids: string[]} | {all: true, kind: string}} body
   */
  async #change(command, body) {
    /** @type {Answer<ChangedJobsShape>} */
    const { body: { count } } = command === 'retry'
      ? await this.app.session.call('POST', '/admin/jobs/dead/retry', { body })
      : await this.app.session.call('POST', '/admin/jobs/dead/discard', { body });
    this.#dead = [];
    if (count === 0) return t('It was not dead any more.');
    return command === 'discard'
      ? tn(count, 'The job is discarded.', '{count} jobs are discarded.')
      : tn(count, 'The job runs again.', '{count} jobs run again.');
  }
}

customElements.define('ll-admin-jobs', AdminJobs);
