// The documentation site: guides, protocols, and a page for everything that the packages export. One program converts them all, because twelve
// would each check the same declarations of Node.js again.
import { publishedPackages } from "../published-packages.mjs";
import { documents, repository } from "./pages.mjs";

const packages = publishedPackages();

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "Halyard",
  readme: "../../README.md",
  out: "../../site",
  plugin: ["./plugin.mjs"],
  router: "site",
  customCss: "site.css",

  entryPointStrategy: "resolve",
  entryPoints: packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
  tsconfig: "tsconfig.json",
  skipErrorChecking: true, // `pnpm typecheck` has done it
  projectDocuments: [...documents.keys()],

  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  disableGit: true,
  sourceLinkTemplate: `${repository}/blob/main/{path}#L{line}`,
  groupOrder: ["Guides", "Modules", "Protocols", "Project", "Decisions", "*"],
  navigation: { includeGroups: true },
  navigationLinks: { Repository: repository },
  markdownItOptions: { html: true, linkify: false }, // socket.io is no address
  searchInDocuments: true,
  searchInComments: true,

  validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: true },
  requiredToBeDocumented: ["Class", "Interface", "TypeAlias", "Variable", "Function", "Method", "Accessor"],
  externalSymbolLinkMappings: { "@types/node": { "*": "https://nodejs.org/api/" } },
  intentionallyNotDocumented: [
    ...["socket.io-parser", "msgpack-parser"].flatMap(
      (name) => ["__type", "listeners.__type"].map((path) => `@halyard/${name}.Decoder.${path}.decoded`), // the class says what it emits
    ),
    ...["pause", "resume", "terminate"].map((name) => `@halyard/engine.io.EngineWebSocketLike.${name}`), // those of ws
  ],
  packagesRequiringDocumentation: packages.map(({ name }) => name),
  treatWarningsAsErrors: true,
};
