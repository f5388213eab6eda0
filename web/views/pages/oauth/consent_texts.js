// What the pages say on which a program asks to be let in: whole sentences. Pure.

import { agoText } from '../../../format/due.js';
import { t } from '../../../languages/translate.js';

/**
 * @import { AuthorizationRequestShape, DeviceRequestShape } from '../../../types/contract.d.ts'
 * @import { TokenScope } from '../../../types/contract.d.ts'
 * @import { Reader } from '../../../types/client.d.ts'
 */

/** @param {string} name that the program chose itself */
export const titleText = (name) => t('Let “{name}” in?', { name });

/**
 * Return what the program asks for.
 * @param {TokenScope} scope
 * @param {boolean} isAssistant
 */
export function asksText(scope, isAssistant) {
  switch (scope) {
    case 'read':
      return isAssistant
        ? t('It asks, as an assistant, to see your lists and todos.')
        : t('It asks to see your lists and todos.');
    case 'write':
      return isAssistant
        ? t('It asks, as an assistant, to see, change and delete your lists and todos.')
        : t('It asks to see, change and delete your lists and todos.');
    default:
      return t(
        'It asks to do all that you may do in your lists, and to administer this site as you may.',
      );
  }
}

/** @param {Pick<AuthorizationRequestShape, 'returns_to' | 'is_on_this_device'>} shown */
export const returnText = ({ returns_to: place, is_on_this_device: isHere }) =>
  isHere
    ? t('You go back to a program on this device ({place}).', { place })
    : t('You go back to {place}.', { place });

/**
 * Return when and from where a program on another device asked.
 * @param {Pick<DeviceRequestShape, 'created_at' | 'address' | 'is_your_address'>} shown
 * @param {Reader} reader
 */
export function askedText({ created_at: at, address, is_your_address: isYours }, reader) {
  const when = agoText(at, reader);
  return isYours
    ? t('It asked {when} from {address}, your network.', { when, address })
    : t('It asked {when} from {address}, another network than yours.', { when, address });
}
