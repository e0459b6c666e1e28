import { IDENTITIES, MAY_CALL, SERVED_BY, type Identity, type ServiceName } from '#libs/contracts/callers.js';

export interface MeshPlan {
  readonly namespace: string;
  readonly trustDomain: string;
}

/** What the image listens on. */
const [HTTP_PORT, GRPC_PORT] = [8080, 9090];
const HEALTH = '/grpc.health.v1.Health/*';
const REFLECTION = ['/grpc.reflection.v1.ServerReflection/*', '/grpc.reflection.v1alpha.ServerReflection/*'];
const PROBES = ['/healthz', '/readyz', '/metrics'];

const HEADER = `# Rendered from libs/contracts/callers.ts by \`npx waybill ca policies --out deploy/istio\`: change the table, not this file.
# An identity is the service account of the same name; a workload carries the label app.kubernetes.io/name.
`;

/** Plaintext is refused for every workload of the namespace. */
export function peerAuthentication({ namespace }: MeshPlan): string {
  return `${HEADER}apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: waybill
  namespace: ${namespace}
spec:
  mtls:
    mode: STRICT
`;
}

/** The table of callers as Istio has it: one policy per service that is called. What no rule allows is denied. */
export function authorizationPolicies(plan: MeshPlan): string {
  const servers = IDENTITIES.filter((identity) => Object.values(SERVED_BY).includes(identity));
  return `${HEADER}${servers.map((server) => policyOf(server, plan)).join('---\n')}`;
}

function policyOf(server: Identity, plan: MeshPlan): string {
  const callers = IDENTITIES.map((caller) => ({ caller, paths: pathsOf(server, caller) }));
  const rules = callers.filter(({ paths }) => paths.length > 0).map((row) => ruleOf(row.caller, row.paths, plan));
  return `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: ${server}
  namespace: ${plan.namespace}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: ${server}
  action: ALLOW
  rules:
${rules.join('')}    - from:
        - source:
            namespaces: [${plan.namespace}]
      to:
        - operation:
            ports: ['${GRPC_PORT}']
            paths: ['${HEALTH}']
    - to:
        - operation:
            ports: ['${HTTP_PORT}']
            methods: [GET]
            paths: [${PROBES.map((path) => `'${path}'`).join(', ')}]
`;
}

/** What a caller may call at a server, as gRPC's paths. */
function pathsOf(server: Identity, caller: Identity): string[] {
  const services = (Object.keys(MAY_CALL) as ServiceName[]).filter((service) => SERVED_BY[service] === server);
  const paths = services.flatMap((service) =>
    Object.entries(MAY_CALL[service] as Readonly<Record<string, readonly Identity[]>>)
      .filter(([, callers]) => callers.includes(caller))
      .map(([method]) => `/${service}/${method.charAt(0).toUpperCase()}${method.slice(1)}`),
  );
  return caller === 'operator' ? [...paths, ...REFLECTION] : paths;
}

function ruleOf(caller: Identity, paths: readonly string[], { namespace, trustDomain }: MeshPlan): string {
  return `    - from:
        - source:
            principals: [${trustDomain}/ns/${namespace}/sa/${caller}]
      to:
        - operation:
            ports: ['${GRPC_PORT}']
            methods: [POST]
            paths:
${paths.map((path) => `              - ${path}\n`).join('')}`;
}
