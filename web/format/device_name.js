// The name of this browser and its system. Pure.

import { t } from '../languages/translate.js';

// The first that matches counts: Edge also says that it is Chrome, and Chrome that it is Safari.
/** @type {[RegExp, string][]} */
const BROWSERS = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Mac OS/, 'macOS'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
];

/**
 * Return the name that the server gives a device, in the language of the page.
 * @param {string} device such as "Firefox on Linux", "curl" or "An unknown program"
 */
export function deviceText(device) {
  const [browser, system] = device.split(' on ');
  if (system) return t('{browser} on {system}', { browser, system });
  return device === 'An unknown program' ? t('An unknown program') : device;
}

/**
 * Return "Firefox on Linux": enough for users to recognise their own devices.
 * @param {string} agent
 */
export function deviceName(agent) {
  /** @param {[RegExp, string][]} names */
  const first = (names) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const system = first(SYSTEMS);
  const browser = first(BROWSERS) ?? t('An app');
  return system ? t('{browser} on {system}', { browser, system }) : browser;
}
