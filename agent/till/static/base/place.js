/** Where this page is: what the shell knows before anybody signs in. */

const given = document.body?.dataset ?? {};

export const place = {
  assets: given.assets ?? "",
  store: given.store ?? "",
  storeName: given.storeName ?? "",
  till: given.till ?? "",
  zone: given.zone,
  scanPrefix: given.scanPrefix ?? "",
  scanSuffix: given.scanSuffix ?? "",
  scanEndsByPause: given.scanEndsByPause === "yes",
};
