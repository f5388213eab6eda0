// The sections of the settings, as links: beside them on a wide screen, above them on a narrow one.

import { t } from '../../../../languages/translate.js';
import { h } from '../../../base/dom.js';
import { scrollerOf } from '../../../base/scroll_anchor.js';
import { View } from '../../../base/view.js';

/** @typedef {{id: string, title: string}} Section */

// A section is the current one from here on: a little below where a link scrolls it to.
const CURRENT_FROM_PX = 120;

/** @extends {View<{sections: Section[]}>} */
export class SettingsNav extends View {
  #current = '';

  connected() {
    // The main pane scrolls, or the document; scroll events of elements do not bubble.
    document.addEventListener('scroll', this.#update, { capture: true, passive: true });
    // Two sections at the end of the page: the link between them scrolls nothing.
    addEventListener('hashchange', this.#update);
  }

  disconnected() {
    document.removeEventListener('scroll', this.#update, { capture: true });
    removeEventListener('hashchange', this.#update);
  }

  #update = () => {
    const current = this.#sectionInView();
    if (current === this.#current) return;
    this.#current = current;
    this.redraw();
  };

  /**
   * Return the id of the last section that begins above the line. The last sections never get
   * there: at the end of the page it is the one that the user chose, or else the last.
   */
  #sectionInView() {
    const ids = this.props.sections.map(({ id }) => id);
    const { scrollTop, scrollHeight, clientHeight } = scrollerOf(this);
    if (scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 1) {
      const chosen = location.hash.slice(1);
      return ids.includes(chosen) && topOf(chosen) >= 0 ? chosen : ids.at(-1) ?? '';
    }
    return ids.findLast((id) => topOf(id) <= CURRENT_FROM_PX) ?? ids[0] ?? '';
  }

  /** On a narrow screen the links scroll sideways: keep the current one in view. */
  drawn() {
    const link = this.querySelector('[aria-current]');
    const strip = this.querySelector('ul');
    if (!(link instanceof HTMLElement) || !strip || strip.scrollWidth <= strip.clientWidth) return;
    strip.scrollLeft = link.offsetLeft - (strip.clientWidth - link.offsetWidth) / 2;
  }

  render() {
    const current = this.#current || this.props.sections[0]?.id;
    return h(
      'nav',
      { class: 'settings-nav', 'aria-label': t('Settings') },
      h(
        'ul',
        null,
        this.props.sections.map(({ id, title }) =>
          h(
            'li',
            { key: id },
            h('a', {
              href: `#${id}`,
              'aria-current': id === current ? 'true' : undefined,
            }, title),
          )
        ),
      ),
    );
  }
}

/**
 * Return where a section begins, in pixels below the top of the window.
 * @param {string} id
 */
const topOf = (id) => document.getElementById(id)?.getBoundingClientRect().top ?? Infinity;

customElements.define('ll-settings-nav', SettingsNav);
