// Where the details of a todo appear. They are among the tools of the page: until those are loaded,
// this is in their place.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { LazyPage } from '../pages/lazy_page.js';
import { loadTools, pageTools } from '../shell/tools_loading.js';

/** @extends {LazyPage<{todoId: string}>} */
export class DetailFrame extends LazyPage {
  async load() {
    await loadTools(this.app);
    if (!pageTools()) throw new Error('The tools did not load.');
  }

  render() {
    const close = h('button', {
      class: 'icon-button',
      'aria-label': t('Close details'),
      onClick: () => this.app.router.openTodo(null),
    }, icon('close'));
    return [h('div', { class: 'detail-bar' }, h('span', null), close), super.render()];
  }
}

customElements.define('ll-detail-frame', DetailFrame);
