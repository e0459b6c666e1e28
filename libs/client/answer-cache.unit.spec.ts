import { expect, it } from '@jest/globals';
import { AnswerCache } from './answer-cache.js';

const answer = (cacheControl: string, body: unknown = 'body'): { headers: Headers; body: unknown } => ({
  headers: new Headers({ 'cache-control': cacheControl }),
  body,
});

it('keeps an answer for as long as it may be kept, and never longer than 30 s', () => {
  let now = 0;
  const cache = new AnswerCache(() => now);
  cache.keep('/short', answer('private, max-age=5'));
  cache.keep('/long', answer('max-age=3600'));
  cache.keep('/shared', answer('s-maxage=60'));
  cache.keep('/never', answer('no-store'));
  const found = (): unknown[] =>
    ['/short', '/long', '/shared', '/never'].filter((url) => cache.find(url) !== undefined);
  expect(found()).toEqual(['/short', '/long']);
  now = 5_000;
  expect(found()).toEqual(['/long']);
  now = 30_000;
  expect(found()).toEqual([]);
});

it('forgets what is no longer to be kept, and the oldest of more than 500', () => {
  const cache = new AnswerCache(() => 0);
  cache.keep('/a', answer('max-age=5', 1));
  cache.keep('/a', answer('no-cache', 2));
  expect(cache.find('/a')).toBeUndefined();
  for (let each = 0; each <= 500; each += 1) cache.keep(`/${each}`, answer('max-age=5', each));
  expect([cache.find('/0'), cache.find('/1'), cache.find('/500')]).toEqual([undefined, 1, 500]);
});
