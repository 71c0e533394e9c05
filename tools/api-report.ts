import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import ts from "typescript";
import { publishedPackages, type EntryPoint } from "./published-packages.mjs";

/** A published package, and its modules that programs can import. */
export interface Surface {
  readonly name: string;
  /** Names as programs write them, with the file behind each; a module with a form for browsers comes twice. */
  readonly entries: ReadonlyMap<string, string>;
}

/** Where sources are read from; a test has some of its own. */
export interface Sources {
  read(file: string): string | undefined;
  /** The file behind `@halyard/…`. */
  find(specifier: string): string | undefined;
}

/** Answers for each package a report of what it declares to programs: one that reads the same has the same surface. */
export function apiReports(surfaces: readonly Surface[], sources: Sources): Map<string, string> {
  const program = declarationsOnly(
    surfaces.flatMap(({ entries }) => [...entries.values()]),
    sources,
  );
  return new Map(surfaces.map((surface) => [surface.name, report(surface, program)]));
}

/** The published packages, and their sources on disk. */
export function publishedSurfaces(): { surfaces: Surface[]; sources: Sources } {
  const packages = publishedPackages();
  const modules = new Map(packages.flatMap(({ entries }) => entries.map(({ specifier, file }) => [specifier, file])));
  return {
    surfaces: packages.map(({ name, entries }) => ({ name, entries: new Map(entries.flatMap(forms)) })),
    sources: {
      read: (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined),
      find: (specifier) => modules.get(specifier),
    },
  };
}

function forms({ specifier, file, browserFile }: EntryPoint): [string, string][] {
  const form: [string, string] = [specifier, file];
  return browserFile === undefined ? [form] : [form, [`${specifier} (browsers)`, browserFile]];
}

/** A program in which every source file is what would be declared of it, and packages that are not ours are unknown. */
function declarationsOnly(files: string[], sources: Sources): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    isolatedDeclarations: true,
    declaration: true,
    stripInternal: true,
    noLib: true,
    types: [],
  };
  const host: ts.CompilerHost = {
    getSourceFile(fileName, languageVersion) {
      const source = sources.read(fileName);
      if (source === undefined) return undefined;
      const { outputText } = ts.transpileDeclaration(source, { fileName, compilerOptions: options });
      return ts.createSourceFile(fileName, outputText, languageVersion, true);
    },
    resolveModuleNameLiterals: (literals, importer) =>
      literals.map(({ text }) => {
        const file = text.startsWith(".") ? resolve(dirname(importer), text) : sources.find(text);
        return { resolvedModule: file === undefined ? undefined : { resolvedFileName: file, extension: ".ts" } };
      }),
    fileExists: (file) => sources.read(file) !== undefined,
    readFile: (file) => sources.read(file),
    getDefaultLibFileName: () => "",
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => undefined,
  };
  return ts.createProgram(files, options, host);
}

function report({ name, entries }: Surface, program: ts.Program): string {
  const checker = program.getTypeChecker();
  const shown = new Map<ts.Symbol, string>();
  const imported = new Map<string, Set<string>>();
  const lists: string[] = [];
  for (const [specifier, file] of entries) {
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is no module`);
    const exported = new Map<string, Set<string>>();
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = follow(symbol, checker);
      if (target.from === undefined) show(target.symbol);
      const isType = target.from === undefined && (target.symbol.flags & ts.SymbolFlags.Value) === 0;
      const local = target.name === symbol.name ? "" : `${target.name} as `;
      note(exported, target.from ?? "", `${isType ? "type " : ""}${local}${quoted(symbol.name)}`);
    }
    lists.push(`// ${specifier}`, ...clauses("export", exported));
  }
  const declarations = [...shown].toSorted(([a, x], [b, y]) => compare(a.name, b.name) || compare(x, y));
  const code = [...lists, ...clauses("import", imported), ...declarations.map(([, text]) => text)];
  return `# API of \`${name}\`\n\n${FENCE}ts\n${code.join("\n\n")}\n${FENCE}\n`;

  /** Adds a declaration to the report, and all those that it names. */
  function show(symbol: ts.Symbol): void {
    if (shown.has(symbol)) return;
    shown.set(symbol, "");
    const statements = (symbol.declarations ?? []).map((declaration) => published(statementOf(declaration)));
    shown.set(symbol, statements.map(print).join("\n"));
    for (const statement of symbol.declarations ?? []) showNames(published(statementOf(statement)));
  }

  function showNames(node: ts.Node): void {
    if (ts.isIdentifier(node)) showName(node);
    ts.forEachChild(node, showNames);
  }

  function showName(identifier: ts.Identifier): void {
    const symbol = checker.getSymbolAtLocation(identifier);
    if (symbol === undefined) return;
    const target = follow(symbol, checker);
    if (target.from !== undefined) note(imported, target.from, target.name);
    else if (target.symbol.declarations?.some(isOnTop)) show(target.symbol);
  }
}

const FENCE = "```";

function note(lists: Map<string, Set<string>>, from: string, name: string): void {
  const names = lists.get(from) ?? new Set();
  lists.set(from, names.add(name));
}

/** One clause for each module, a name a line. */
function clauses(keyword: "export" | "import", lists: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...lists]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([from, names]) => {
      const sorted = [...names].toSorted((a, b) => compare(a.replace("type ", ""), b.replace("type ", "")));
      const lines = sorted.map((name) => `  ${name},\n`).join("");
      return `${keyword} {\n${lines}}${from === "" ? "" : ` from "${from}"`};`;
    });
}

/** What an alias stands for, or where it comes from if that is another package. */
function follow(symbol: ts.Symbol, checker: ts.TypeChecker): Target {
  let target = symbol;
  while ((target.flags & ts.SymbolFlags.Alias) !== 0) {
    const from = target.declarations?.map(moduleOf).find((name) => name !== undefined && !name.startsWith("."));
    if (from !== undefined) return { from, name: nameThere(target) };
    const next = checker.getImmediateAliasedSymbol(target);
    if (next === undefined || next === target) break;
    target = next;
  }
  return { from: undefined, name: target.name, symbol: target };
}

type Target =
  | { readonly from: undefined; readonly name: string; readonly symbol: ts.Symbol }
  | { readonly from: string; readonly name: string };

/** The name that something imported has in the module which it is imported from. */
function nameThere(symbol: ts.Symbol): string {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) return symbol.name;
  if (ts.isNamespaceImport(declaration)) return `* as ${symbol.name}`;
  if (ts.isImportClause(declaration)) return `default as ${symbol.name}`;
  const isRenamed = ts.isImportSpecifier(declaration) || ts.isExportSpecifier(declaration);
  return (isRenamed ? declaration.propertyName?.text : undefined) ?? symbol.name;
}

function moduleOf(declaration: ts.Node): string | undefined {
  for (let node: ts.Node | undefined = declaration; node !== undefined; node = node.parent) {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) continue;
    return node.moduleSpecifier === undefined || !ts.isStringLiteral(node.moduleSpecifier)
      ? undefined
      : node.moduleSpecifier.text;
  }
  return undefined;
}

/** The statement that a declaration is, or that a variable's is part of. */
function statementOf(declaration: ts.Node): ts.Node {
  const isVariable = ts.isVariableDeclaration(declaration);
  return isVariable ? declaration.parent.parent : declaration;
}

function isOnTop(declaration: ts.Node): boolean {
  const statement = statementOf(declaration);
  return (
    !ts.isSourceFile(declaration) && !ts.isTypeParameterDeclaration(declaration) && ts.isSourceFile(statement.parent)
  );
}

/** A statement without what programs cannot reach. */
function published(statement: ts.Node): ts.Node {
  if (!ts.isClassDeclaration(statement)) return statement;
  const { modifiers, name, typeParameters, heritageClauses, members } = statement;
  const open = members.filter((member) => !isPrivate(member));
  return ts.factory.updateClassDeclaration(statement, modifiers, name, typeParameters, heritageClauses, open);
}

function isPrivate(member: ts.ClassElement): boolean {
  const isMarked = ts.canHaveModifiers(member) && member.modifiers?.some(({ kind }) => kind === PRIVATE) === true;
  return isMarked || (member.name !== undefined && ts.isPrivateIdentifier(member.name));
}

const PRIVATE = ts.SyntaxKind.PrivateKeyword;

/** A statement without comments, and without what says how it is exported. */
function print(node: ts.Node): string {
  const printer = ts.createPrinter({ removeComments: true });
  const text = printer.printNode(ts.EmitHint.Unspecified, node, ts.getOriginalNode(node).getSourceFile());
  return text.replace(/^(?:export |declare |default )+/, "");
}

function quoted(name: string): string {
  return /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
