import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { IDENTITIES, mayCall } from '#libs/contracts/callers.js';
import { authorizationPolicies, peerAuthentication } from '#libs/security/istio-policies.js';

const PLAN = { namespace: 'waybill', trustDomain: 'cluster.local' };

describe('the policies for a mesh', () => {
  it.each([
    ['peer-authentication.yaml', peerAuthentication(PLAN)],
    ['authorization-policies.yaml', authorizationPolicies(PLAN)],
  ])(
    'given the table of callers, then deploy/istio/%s is what it renders: npx waybill ca policies --out deploy/istio',
    (file, rendered) => {
      expect(readFileSync(`deploy/istio/${file}`, 'utf8')).toBe(rendered);
    },
  );

  it('given a rule, then it allows what the services themselves would', () => {
    const rule = /sa\/([\w-]+)\][\s\S]*?paths:\n((?: {14}- .+\n)+)/g;
    const allowed = [...authorizationPolicies(PLAN).matchAll(rule)].flatMap(([, caller = '', paths = '']) =>
      paths
        .trim()
        .split('\n')
        .map((line) => ({ caller, path: line.replace(/^\s*- /, '').replace('*', 'Method') })),
    );
    expect(allowed.length).toBeGreaterThan(40);
    const wrong = allowed.filter(({ caller, path }) => {
      const identity = IDENTITIES.find((known) => known === caller);
      return identity === undefined || !mayCall(identity, path);
    });
    expect(wrong).toEqual([]);
  });
});
