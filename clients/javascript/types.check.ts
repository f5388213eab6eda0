// index.d.ts declares what index.js does: `deno check` compares them.

import type * as declared from './index.d.ts';
import * as actual from './index.js';

const _module: typeof declared = actual;
