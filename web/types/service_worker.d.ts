// What service_worker.js uses of a service worker. The library of TypeScript with all of it
// declares the same names as that of the page, so both cannot be in one check.

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface InstallEvent extends ExtendableEvent {
  addRoutes?(rule: { condition: { urlPattern: string }; source: 'network' }): Promise<void>;
}

/** What a page asks the worker to store. */
export interface StoreLater {
  /** Of the page. */
  language: string;
  /** Of scripts: all, or those that change todos without a network. */
  areAllWanted: boolean;
}

interface PageMessage extends ExtendableEvent {
  data: StoreLater;
}

interface PushEvent extends ExtendableEvent {
  data: { json(): unknown } | null;
}

interface NotificationEvent extends ExtendableEvent {
  notification: Notification;
}

export interface FetchEvent extends ExtendableEvent {
  request: Request;
  /** Undefined where the browser has no navigation preload. */
  preloadResponse?: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

interface WindowClient {
  url: string;
  focus(): Promise<WindowClient>;
}

export interface AppWorker {
  location: Location;
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<WindowClient[]>;
    openWindow(url: string): Promise<WindowClient | null>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install', listener: (event: InstallEvent) => void): void;
  addEventListener(type: 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: PageMessage) => void): void;
  addEventListener(type: 'push', listener: (event: PushEvent) => void): void;
  addEventListener(
    type: 'notificationclick',
    listener: (event: NotificationEvent) => void,
  ): void;
}

/** What api/web_client/release.py puts before the text of the worker. */
export interface Release {
  version: string;
  /** Of the site. */
  name: string;
  /** Addresses of all files of the release. */
  files: string[];
  /** Addresses of files that a page loads when they are needed. */
  later: string[];
  /** The one of them that is the page. */
  page: string;
  icon: string;
  /** Prefixes of paths that are no pages. */
  reserved: string[];
}

declare global {
  const RELEASE: unknown;
}
