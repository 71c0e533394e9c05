import { codedError } from "@halyard/core";
import type { Recipient } from "./broadcast/namespace-broadcasts.ts";
import type { EntranceRequest } from "./entrance.ts";
import { NamespaceCore, type NamespaceHost } from "./namespace-core.ts";
import { ParentCore, type NamespaceMatcher, type ParentEmitter } from "./parent-namespace.ts";
import { watchRejection } from "./rejections.ts";
import { emitLocally } from "./typed-events.ts";

/** What the registry needs of its server. */
export interface RegistryHost<Member extends Recipient, Nsp extends ParentEmitter> extends NamespaceHost<Member, Nsp> {
  readonly cleanupEmptyChildNamespaces: boolean;
  createParentNamespace(core: ParentCore<Member, Nsp>): Nsp;
}

interface Parent<Member extends Recipient, Nsp extends ParentEmitter> {
  readonly core: ParentCore<Member, Nsp>;
  readonly matches: NamespaceMatcher;
  readonly pattern: RegExp | undefined;
}

/** All namespaces of a server, and how those that do not exist yet come into being. */
export class NamespaceRegistry<Member extends Recipient, Nsp extends ParentEmitter> {
  readonly #host: RegistryHost<Member, Nsp>;
  readonly #cores = new Map<string, NamespaceCore<Member, Nsp>>();
  readonly #parents: Parent<Member, Nsp>[] = [];

  constructor(host: RegistryHost<Member, Nsp>) {
    this.#host = host;
  }

  get(name: string): NamespaceCore<Member, Nsp> | undefined {
    return this.#cores.get(name);
  }

  all(): NamespaceCore<Member, Nsp>[] {
    return [...this.#cores.values()];
  }

  /** Returns the namespace of that name; makes it if need be, as a child of a parent whose expression matches. */
  ensure(name: string): NamespaceCore<Member, Nsp> {
    const existing = this.#cores.get(name);
    if (existing !== undefined) return existing;
    const parent = this.#parents.find(({ pattern }) => pattern?.test(name));
    return parent === undefined ? this.#create(name) : this.#createChild(parent.core, name);
  }

  /**
   * Adds a parent namespace.
   * @throws `INVALID_NAMESPACE` for a regular expression with state of its own.
   */
  addParent(matcher: RegExp | NamespaceMatcher): ParentCore<Member, Nsp> {
    if (matcher instanceof RegExp && (matcher.global || matcher.sticky))
      throw codedError("INVALID_NAMESPACE", "stateful regular expressions are not supported (flags g and y)");
    const core = new ParentCore(`/_${this.#parents.length}`, this.#host);
    this.#parents.push(
      matcher instanceof RegExp
        ? { core, pattern: matcher, matches: (name, _auth, done) => done(null, matcher.test(name)) }
        : { core, pattern: undefined, matches: matcher },
    );
    return core;
  }

  /** Asks the parents, in order, for a namespace that does not exist. */
  resolve(request: EntranceRequest<Member>, index = 0): void {
    const { name, auth } = request;
    const parent = this.#parents[index];
    if (parent === undefined) return request.settle(undefined);
    let answered = false;
    const answer = (allowed: boolean): void => {
      if (answered) return;
      answered = true;
      if (!request.isWanted()) return; // nobody would join a namespace made now
      if (!allowed) this.resolve(request, index + 1);
      else request.settle(this.#cores.get(name) ?? this.#createChild(parent.core, name));
    };
    const fail = (thrown: unknown): void => {
      this.#host.report(thrown, { namespace: parent.core.namespace });
      answer(false);
    };
    try {
      const result = parent.matches(name, auth, (error, allowed) => answer(!error && allowed));
      watchRejection(result, fail);
    } catch (thrown) {
      fail(thrown);
    }
  }

  #create(name: string): NamespaceCore<Member, Nsp> {
    const core = new NamespaceCore(this.#host, name);
    this.#cores.set(name, core);
    if (name !== "/") this.#announce(core);
    return core;
  }

  #createChild(parent: ParentCore<Member, Nsp>, name: string): NamespaceCore<Member, Nsp> {
    const onEmpty = this.#host.cleanupEmptyChildNamespaces
      ? (core: NamespaceCore<Member, Nsp>): void => this.#free(parent, core)
      : undefined;
    const core = new NamespaceCore(this.#host, name, onEmpty);
    parent.adopt(core);
    this.#cores.set(name, core);
    this.#announce(core);
    return core;
  }

  #free(parent: ParentCore<Member, Nsp>, core: NamespaceCore<Member, Nsp>): void {
    parent.children.delete(core);
    if (this.#cores.get(core.name) === core) this.#cores.delete(core.name);
    core.adapter.close().catch((thrown: unknown) => this.#host.report(thrown, { namespace: core.namespace }));
  }

  #announce(core: NamespaceCore<Member, Nsp>): void {
    const main = this.#cores.get("/");
    if (main === undefined) return;
    try {
      emitLocally(main.namespace, ["new_namespace", core.namespace]);
    } catch (thrown) {
      this.#host.report(thrown, { namespace: main.namespace, event: "new_namespace" });
    }
  }
}
