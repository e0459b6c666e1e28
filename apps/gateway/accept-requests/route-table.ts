import type { FastifyInstance } from 'fastify';

interface Route {
  /** A parameter is any segment. */
  readonly segments: readonly string[];
  readonly methods: readonly string[];
}

const tables = new WeakMap<object, RouteTable>();

/** The routes that a server really has: tells a wrong method from a path that does not exist. */
export class RouteTable {
  private readonly routes: Route[] = [];

  /** Collects the routes that are registered from here on. */
  static collect(fastify: FastifyInstance): void {
    const table = new RouteTable();
    tables.set(fastify.server, table);
    fastify.addHook('onRoute', ({ url, method }) => {
      table.routes.push({ segments: url.split('/'), methods: [method].flat() });
    });
  }

  static of(fastify: FastifyInstance): RouteTable {
    return tables.get(fastify.server) ?? new RouteTable();
  }

  /** The methods of a path, sorted; none when there is no such path. */
  methodsOf(path: string): string[] {
    const segments = path.split('/');
    const methods = this.routes.filter((route) => matches(route, segments)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}

function matches(route: Route, segments: readonly string[]): boolean {
  if (route.segments.length !== segments.length) return false;
  return route.segments.every((segment, place) =>
    segment.startsWith(':') ? segments[place] !== '' : segment === segments[place],
  );
}
