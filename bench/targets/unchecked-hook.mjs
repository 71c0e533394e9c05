// For halyard-unchecked.mjs and watching.mjs: modules whose URL ends in `?as-it-is` stay so.
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (loaded.format !== "module" || url.endsWith("?as-it-is") || !/\/(server|engine\.io|adapter)\/dist\//.test(url))
    return loaded;
  return { ...loaded, source: String(loaded.source).replaceAll(/\b\w+\.hasSubscribers\b/g, "false") };
}
