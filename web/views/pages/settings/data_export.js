// The export of all data of the account: begin it, see how far it is, download it.

import { momentText } from '../../../format/due.js';
import { problemText } from '../../../format/problems.js';
import { message, t } from '../../../languages/translate.js';
import { h } from '../../base/dom.js';
import { icon } from '../../base/icons.js';
import { saveFile } from '../../base/save_file.js';
import { ReadSection } from './parts/read_section.js';

/**
 * @import { DataExportShape, EventFrame } from '../../../types/contract.d.ts'
 * @import { Answer } from '../../../types/client.d.ts'
 */

const PATH = '/users/me/exports';
const INTRODUCTION = message(
  'All your data as one file: your account, your lists with everything in them, and ' +
    'what you wrote in lists of others. A mail comes when it is ready.',
);
const FAILED = message(
  'The last export failed. It may be larger than this site allows: ask whoever runs it.',
);
const MIB = 1024 * 1024;

export class DataExport extends ReadSection {
  /** @type {DataExportShape[]} newest first */
  #exports = [];
  #problem = '';
  #busy = false;

  /** @param {EventFrame} frame */
  receive(frame) {
    if (frame.event !== 'data_export.changed') return;
    this.#put(frame.data.export);
    this.redraw();
  }

  async read() {
    /** @type {Answer<{items: DataExportShape[]}>} */
    const { body } = await this.app.session.call('GET', PATH);
    this.#exports = body.items;
  }

  render() {
    const [newest] = this.#exports;
    const isRunning = newest?.state === 'queued' || newest?.state === 'running';
    const done = this.#exports.find(({ state }) => state === 'done');
    return [
      h('p', { class: 'quiet' }, t(INTRODUCTION)),
      isRunning ? progress(newest) : null,
      done ? this.#file(done) : null,
      newest?.state === 'failed' ? h('p', { class: 'problem' }, t(FAILED)) : null,
      isRunning ? null : h(
        'button',
        { class: 'button', disabled: this.#busy, onClick: () => this.#begin() },
        done ? t('Export again') : t('Export my data'),
      ),
      this.failure(),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
    ];
  }

  /** @param {DataExportShape} done */
  #file(done) {
    const { reader } = this.app;
    const size = `${Math.max(0.1, done.size_bytes / MIB).toFixed(1)} MiB`;
    return h(
      'div',
      { key: done.id, class: 'plain-row' },
      h(
        'div',
        { class: 'plain-body' },
        h('p', null, t('Your data of {moment}', { moment: momentText(done.created_at, reader) })),
        h(
          'p',
          { class: 'quiet' },
          t('{size} · kept until {moment}', { size, moment: momentText(done.expires_at, reader) }),
        ),
      ),
      this.#button(t('Download'), () => this.#download(done, 'json')),
      this.#button(t('With files (ZIP)'), () => this.#download(done, 'zip')),
    );
  }

  /**
   * @param {string} label
   * @param {() => Promise<void>} onClick
   */
  #button(label, onClick) {
    return h(
      'button',
      { class: 'button small', disabled: this.#busy, onClick },
      icon('download'),
      label,
    );
  }

  #begin() {
    return this.#run(async () => {
      /** @type {Answer<DataExportShape>} */
      const { body } = await this.app.session.call('POST', PATH);
      // Its first events may have come before the answer.
      if (!this.#exports.some(({ id }) => id === body.id)) this.#put(body);
    });
  }

  /**
   * @param {DataExportShape} done
   * @param {'json' | 'zip'} format
   */
  #download(done, format) {
    return this.#run(async () => {
      const content = await this.app.session.download(
        `${PATH}/${done.id}/content?format=${format}`,
      );
      saveFile(content, `livelist-personal-data-${done.created_at.slice(0, 10)}.${format}`);
    });
  }

  /** @param {() => Promise<void>} work */
  async #run(work) {
    this.#busy = true;
    this.#problem = '';
    this.draw();
    try {
      await work();
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }

  /** @param {DataExportShape} changed */
  #put(changed) {
    // A finished export replaces the older ones.
    const others = this.#exports.filter(({ id }) => id !== changed.id);
    this.#exports = [changed, ...(changed.state === 'done' ? [] : others)];
  }
}

/** @param {DataExportShape} running */
function progress({ rows_done: done, rows_total: total }) {
  const percent = total ? Math.min(100, Math.floor((100 * done) / total)) : 0;
  const text = total ? t('Exporting: {percent} %', { percent }) : t('Waiting to begin…');
  return h(
    'div',
    { key: 'progress', class: 'export-progress' },
    h('label', { for: 'export-progress' }, text),
    h('progress', { id: 'export-progress', max: 100, value: percent }),
    h('p', { class: 'quiet' }, t('You can leave this page.')),
  );
}

customElements.define('ll-data-export', DataExport);
