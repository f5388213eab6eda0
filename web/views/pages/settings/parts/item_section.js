// The base of a section of the settings that lists what the user has, such as tokens.

import { problemText } from '../../../../format/problems.js';
import { h } from '../../../base/dom.js';
import { ReadSection } from './read_section.js';

/** @import { Answer } from '../../../../types/client.d.ts' */

/**
 * @template {{id: string}} Item
 */
export class ItemSection extends ReadSection {
  /** @type {Item[]} */
  items = [];
  isLoaded = false;

  /** The path of the items; the path of each is below it. */
  get path() {
    return '';
  }

  async read() {
    /** @type {Answer<{items: Item[]}>} */
    const { body } = await this.app.session.call('GET', this.path);
    this.items = body.items;
    this.isLoaded = true;
  }

  /**
   * Return what stands above the items.
   * @param {string} introduction
   */
  head(introduction) {
    return [
      h('p', { class: 'quiet' }, introduction),
      this.failure(),
    ];
  }

  /**
   * Send a request about one item, say if it is refused, and read the items again.
   * @template [Body=null]
   * @param {'POST' | 'DELETE'} method
   * @param {string} path below that of the items
   * @returns {Promise<Answer<Body> | null>} null if it was refused
   */
  async change(method, path) {
    /** @type {Answer<Body> | null} */
    let answer = null;
    try {
      answer = await this.app.session.call(method, `${this.path}/${path}`);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    await this.load();
    return answer;
  }

  /**
   * Ask the user, and then do it.
   * @param {string} title
   * @param {string} text
   * @param {string} action what the button says that confirms
   * @param {() => void} run
   */
  ask(title, text, action, run) {
    this.app.ui.openDialog({ kind: 'confirm', title, text, action, run });
  }
}
